//! `homeport doctor`: what is wrong with a deployment, and what to do about it.
//!
//! It asks what platforms ask, from outside, and asks the platforms whether they would take callbacks. Nothing is changed: what it
//! sends to a platform is about a user that nobody has.

mod address;
mod facts;
mod finding;
mod identity;
mod platforms;

use std::time::Duration;

use clap::Args;
use reqwest::Url;

use facts::Facts;
use finding::{Finding, Grade};

/// Platforms wait for 3 s; what takes longer is as good as no answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Largest answer that is read.
const ANSWER_MAX_BYTES: usize = 256 * 1024;

/// What to look at.
#[derive(Args, Clone, Debug)]
pub(crate) struct Patient {
    /// A stack on AWS, by its name; the region and the credentials are those of the environment.
    #[arg(long)]
    pub(crate) stack: Option<String>,
    /// Where the deployment is reached, without /yandex or /sber. With --stack, in place of the stack's own address. Without
    /// --stack the settings are those of the environment.
    #[arg(long, required_unless_present = "stack")]
    pub(crate) url: Option<Url>,
}

/// Looks at everything and prints what it finds.
pub(crate) fn run(patient: &Patient) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    let findings = runtime.block_on(async {
        let facts = match &patient.stack {
            Some(stack) => Facts::of_stack(stack, patient.url.as_ref()).await?,
            None => Facts::of_environment(patient.url.clone())?,
        };
        examine(&facts).await
    })?;
    for finding in &findings {
        println!("{finding}");
    }
    match findings.iter().filter(|finding| finding.grade == Grade::Wrong).count() {
        0 => Ok(()),
        wrong => Err(format!("{wrong} of {} checks failed", findings.len())),
    }
}

async fn examine(facts: &Facts) -> Result<Vec<Finding>, String> {
    let client = common::net::http_client().map_err(|error| error.to_string())?;
    let mut findings = Vec::new();
    findings.extend(address::examine(facts, &client).await);
    findings.extend(identity::examine(facts, &client).await);
    findings.extend(platforms::examine(facts, &client).await);
    Ok(findings)
}
