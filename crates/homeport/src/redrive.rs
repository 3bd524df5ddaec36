//! `homeport redrive`: puts back what was set aside.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::QueueAttributeName;
use common::notify::sqs::{self, SqsQueue};
use common::notify::{Errand, Queue};
use common::store;
use serde::Deserialize;

use crate::settings::{self, variable};

/// How long messages that are being put back are hidden from others, in seconds.
const HIDDEN_SECS: i32 = 60;
const BATCH_MAX: i32 = 10;

/// Puts back the dead letters of the queue in the settings, or those of the running local program.
pub(crate) fn redrive() -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    let errands = runtime.block_on(async {
        match variable("HOMEPORT_RETRY_QUEUE_URL") {
            Some(queue) => of_sqs(&queue).await,
            None => of_local_program().await,
        }
    })?;
    println!("{errands} put back");
    Ok(())
}

#[derive(Deserialize)]
struct Redriven {
    errands: usize,
}

async fn of_local_program() -> Result<usize, String> {
    let address = variable("HOMEPORT_ADDR").unwrap_or_else(|| settings::ADDRESS.to_owned());
    let problem = |reason: String| {
        format!(
            "no answer from http://{address}/dev/redrive: {reason}. Start `homeport run`, set HOMEPORT_ADDR to where it \
             listens, or set HOMEPORT_RETRY_QUEUE_URL to the SQS queue of a deployment."
        )
    };
    let client = common::net::http_client().map_err(|error| error.to_string())?;
    let request = client.post(format!("http://{address}/dev/redrive")).timeout(Duration::from_secs(30));
    let answer = request.send().await.map_err(|error| problem(common::net::describe(&error).to_owned()))?;
    if !answer.status().is_success() {
        return Err(problem(format!("status {}", answer.status().as_u16())));
    }
    let body = answer.bytes().await.map_err(|error| problem(error.to_string()))?;
    let redriven: Redriven = serde_json::from_slice(&body).map_err(|error| problem(error.to_string()))?;
    Ok(redriven.errands)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedrivePolicy {
    dead_letter_target_arn: String,
}

/// The queue's own "redrive" of SQS would move the messages as they are, and what has been tried for a day is set aside again.
async fn of_sqs(queue: &str) -> Result<usize, String> {
    let url = reqwest::Url::parse(queue).map_err(|error| format!("HOMEPORT_RETRY_QUEUE_URL is wrong: {error}"))?;
    let client = sqs::client(&store::sdk_config().await);
    let dead_letters = dead_letter_queue(&client, queue).await?;
    let retry_queue = SqsQueue::new(client.clone(), &url);
    let mut put_back = 0;
    loop {
        let request = client.receive_message().queue_url(&dead_letters).max_number_of_messages(BATCH_MAX);
        let request = request.visibility_timeout(HIDDEN_SECS).wait_time_seconds(1);
        let messages = request.send().await.map_err(|error| failed(&dead_letters, error))?.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(put_back);
        }
        for message in messages {
            let id = message.message_id.as_deref().unwrap_or_default();
            let Ok(errand) = serde_json::from_str::<Errand>(message.body.as_deref().unwrap_or_default()) else {
                eprintln!("homeport: message {id} is no errand and stays in {dead_letters}");
                continue;
            };
            let put = retry_queue.put(vec![(errand.renewed(), Duration::ZERO)]).await;
            put.map_err(|error| error.to_string())?;
            let request = client.delete_message().queue_url(&dead_letters).set_receipt_handle(message.receipt_handle);
            request.send().await.map_err(|error| failed(&dead_letters, error))?;
            put_back += 1;
        }
    }
}

async fn dead_letter_queue(client: &Client, queue: &str) -> Result<String, String> {
    let request = client.get_queue_attributes().queue_url(queue).attribute_names(QueueAttributeName::RedrivePolicy);
    let attributes = request.send().await.map_err(|error| failed(queue, error))?.attributes.unwrap_or_default();
    let policy = attributes.get(&QueueAttributeName::RedrivePolicy);
    let policy = policy.ok_or_else(|| format!("the queue {queue} has no redrive policy, so nothing is set aside"))?;
    let policy: RedrivePolicy = serde_json::from_str(policy)
        .map_err(|error| format!("the redrive policy of {queue} cannot be read: {error}"))?;
    let name = policy.dead_letter_target_arn.rsplit(':').next().unwrap_or_default();
    let answer = client.get_queue_url().queue_name(name).send().await.map_err(|error| failed(name, error))?;
    answer.queue_url.ok_or_else(|| format!("the queue {name} has no address"))
}

fn failed<E: std::error::Error + 'static, R: std::fmt::Debug>(
    queue: &str,
    error: aws_sdk_sqs::error::SdkError<E, R>,
) -> String {
    format!("the queue {queue} cannot be used: {}", DisplayErrorContext(error))
}
