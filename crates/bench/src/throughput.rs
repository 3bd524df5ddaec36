//! How many stream records the notifier plans and delivers, beside the same HTTP client that posts the same bodies and does nothing
//! else. Both work on one thread; the rates are for a second of that thread's work, so that what the machine does beside it, the
//! platform and the table among it, does not count.

use std::time::{Duration, Instant};

use common::model::{Device, DeviceId, Timestamp, UserId};
use common::platform::Platform;
use common::store::{LinkKey, Store};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use testkit::{Arrived, Function, Invocation, Receiver, binary};

use crate::event;

/// Records in one batch, as in the template.
const RECORDS: usize = 100;
const BATCHES: usize = 30;
/// As many requests are under way at once in both.
const AT_ONCE: usize = 64;

/// What came of one layout.
pub(crate) struct Throughput {
    layout: &'static str,
    /// Requests that a batch makes.
    requests: usize,
    records_per_second: f64,
    posts_per_second: f64,
    raw_posts_per_second: f64,
}

/// A batch of changes of 100 devices: each in a home of its own, and all in one home. Every home is linked to Yandex and Sber.
pub(crate) async fn measure(store: &Store, receiver: &Receiver, environment: &[(String, String)]) -> Vec<Throughput> {
    let mut all = Vec::new();
    for (layout, homes) in [("100 homes", RECORDS), ("1 home", 1)] {
        let batch = batch(store, layout, homes).await;
        let function = Function::start(&binary("notifier"), environment).await;
        let process = function.id().unwrap();
        // Connections, and the bodies.
        let before = receiver.arrived().len();
        deliver(&function, &batch).await;
        let bodies = receiver.arrived().split_off(before);
        assert!(!bodies.is_empty(), "nothing is told");

        let before = worked(process);
        for _ in 0..BATCHES {
            deliver(&function, &batch).await;
        }
        let seconds = (worked(process) - before).as_secs_f64();
        let sent = bodies.len();
        all.push(Throughput {
            layout,
            requests: sent,
            records_per_second: (BATCHES * RECORDS) as f64 / seconds,
            posts_per_second: (BATCHES * sent) as f64 / seconds,
            raw_posts_per_second: raw(receiver.url(), bodies).await,
        });
    }
    all
}

async fn batch(store: &Store, layout: &str, homes: usize) -> Value {
    let sample = event("notifier/state", "").pointer("/Records/0").unwrap().to_string();
    let now = Timestamp::now();
    let mut records: Vec<Value> = Vec::new();
    for number in 0..RECORDS {
        let (id, user) = (format!("{layout}-{number}").replace(' ', "-"), format!("{layout}-{}", number % homes));
        let document =
            json!({"owner": user, "type": "light", "name": "Lamp", "traits": {"on_off": {}, "brightness": {}}});
        let device = Device::parse(&DeviceId::new(&id).unwrap(), &document).unwrap();
        store.put_device(&device).await.unwrap();
        for platform in [Platform::Yandex, Platform::Sber] {
            let key = LinkKey { platform, user: UserId::new(&user).unwrap(), link_id: user.clone() };
            store.touch_link(&key, now, now).await.unwrap();
        }
        let record = sample.replace("lamp-1", &id).replace("\"u1\"", &json!(user).to_string());
        records.push(serde_json::from_str(&record).unwrap());
    }
    json!({ "Records": records })
}

async fn deliver(function: &Function, batch: &Value) {
    let Invocation::Answered(answer) = function.api.invoke(batch).await else { panic!("the notifier failed") };
    assert_eq!(answer, json!({"batchItemFailures": []}));
}

/// The same requests on a thread of their own; how many a second of its work.
async fn raw(url: String, bodies: Vec<Arrived>) -> f64 {
    let posting = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = common::net::http_client().unwrap();
            post_all(&client, &url, &bodies).await;
            let before = worked_here();
            for _ in 0..BATCHES {
                post_all(&client, &url, &bodies).await;
            }
            (BATCHES * bodies.len()) as f64 / (worked_here() - before).as_secs_f64()
        })
    });
    tokio::task::spawn_blocking(|| posting.join().unwrap()).await.unwrap()
}

async fn post_all(client: &reqwest::Client, url: &str, bodies: &[Arrived]) {
    let posts = bodies.iter().map(async |arrived| {
        let (_, path) = arrived.line.split_once(' ').unwrap();
        let mut request = client.post(format!("{url}{path}")).body(arrived.body.to_string());
        for name in ["authorization", "content-type"] {
            request = request.header(name, arrived.headers.get(name).unwrap());
        }
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success());
        answer.bytes().await.unwrap();
    });
    let posts: Vec<_> = posts.collect();
    stream::iter(posts).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}

/// How long the threads of a process have worked.
fn worked(process: u32) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    threads.map(|thread| on_processor(&thread.unwrap().path().join("schedstat"))).sum()
}

fn worked_here() -> Duration {
    on_processor("/proc/thread-self/schedstat".as_ref())
}

/// The first number is the time on a processor in nanoseconds
/// (<https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat>).
fn on_processor(path: &std::path::Path) -> Duration {
    let text = std::fs::read_to_string(path).unwrap();
    Duration::from_nanos(text.split_whitespace().next().unwrap().parse().unwrap())
}

/// Prints it.
pub(crate) fn print(all: &[Throughput], took: Instant) {
    println!(
        "\n{:<14} {:>15} {:>10} {:>9} {:>13} {:>6}",
        "100 records of", "requests/batch", "records/s", "posts/s", "raw posts/s", "÷ raw"
    );
    for figures in all {
        println!(
            "{:<14} {:>15} {:>10.0} {:>9.0} {:>13.0} {:>6.2}",
            figures.layout,
            figures.requests,
            figures.records_per_second,
            figures.posts_per_second,
            figures.raw_posts_per_second,
            figures.posts_per_second / figures.raw_posts_per_second,
        );
    }
    println!(
        "\nthe notifier at the Runtime API, {BATCHES} batches in {:.0} s; rates for a second of one core. raw: the same client posts the same \
         bodies to the same receiver, {AT_ONCE} at once.",
        took.elapsed().as_secs_f64()
    );
}
