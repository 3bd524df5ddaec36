//! A function as Lambda runs it: the built binary, a Runtime API, an environment.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::RuntimeApi;

/// How long a process may take for anything before the test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// The built binary of this name: in `HOMEPORT_TEST_BINARIES` if set, else beside the test's own target folder.
pub fn binary(name: &str) -> PathBuf {
    let folder = std::env::var_os("HOMEPORT_TEST_BINARIES").map_or_else(
        || {
            // target/<profile>/deps/<test> → target/<profile>
            let test = std::env::current_exe().unwrap();
            let deps = test.parent().unwrap();
            if deps.ends_with("deps") { deps.parent().unwrap().to_owned() } else { deps.to_owned() }
        },
        PathBuf::from,
    );
    let path = folder.join(name);
    assert!(path.exists(), "{} is not there: build it first with cargo build --workspace --bins", path.display());
    path
}

/// A running function process; killed when dropped.
pub struct Function {
    /// The Runtime API that it works for.
    pub api: RuntimeApi,
    /// When the process was started.
    pub spawned: Instant,
    child: Child,
    output: Arc<watch::Sender<String>>,
    collecting: Vec<JoinHandle<()>>,
}

impl Function {
    /// Starts a binary with only this environment.
    pub async fn start(path: &std::path::Path, environment: &[(String, String)]) -> Self {
        Self::start_with(path, &[], environment).await
    }

    /// Starts any program of ours in the same way, with these arguments.
    pub async fn start_with(path: &std::path::Path, arguments: &[&str], environment: &[(String, String)]) -> Self {
        let api = RuntimeApi::start(Duration::from_secs(10)).await;
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let spawned = Instant::now();
        let mut child = Command::new(path)
            .args(arguments)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "test")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "test")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = Arc::new(watch::Sender::new(String::new()));
        let collecting = vec![
            collect(child.stdout.take().unwrap(), Arc::clone(&output)),
            collect(child.stderr.take().unwrap(), Arc::clone(&output)),
        ];
        Function { api, spawned, child, output, collecting }
    }

    /// The process id.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Everything it has printed so far.
    pub fn output(&self) -> String {
        self.output.borrow().clone()
    }

    /// Everything it has printed, once that is complete.
    pub async fn output_when(&self, complete: impl Fn(&str) -> bool) -> String {
        let mut output = self.output.subscribe();
        let waited = tokio::time::timeout(PATIENCE, output.wait_for(|output| complete(output))).await;
        waited.expect("the function prints what is waited for").unwrap().clone()
    }

    /// Waits for its end; the exit status, and all it printed.
    pub async fn ended(mut self) -> (std::process::ExitStatus, String) {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it ends").unwrap();
        for collected in self.collecting.drain(..) {
            collected.await.unwrap();
        }
        (status, self.output())
    }
}

fn collect(stream: impl AsyncRead + Unpin + Send + 'static, into: Arc<watch::Sender<String>>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            into.send_modify(|into| {
                into.push_str(&line);
                into.push('\n');
            });
        }
    })
}
