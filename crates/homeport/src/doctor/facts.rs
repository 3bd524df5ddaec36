//! What is known of the deployment: from the outputs of its stack, or from the environment.

use std::collections::HashMap;
use std::path::Path;

use aws_sdk_cloudformation::error::DisplayErrorContext;
use common::config::secrets;
use common::store;
use reqwest::Url;
use secrecy::SecretString;

use crate::settings::variable;

const YANDEX_API: &str = "https://dialogs.yandex.net";
const SBER_API: &str = "https://partners.iot.sberdevices.ru";
/// Where `infra/certificates/README.md` has Sber's roots put.
const SBER_ROOTS: &str = "infra/certificates/sber-roots.pem";

/// The deployment.
pub(super) struct Facts {
    /// Where it is reached, without a slash at the end.
    pub(super) url: Url,
    /// Whether [`Self::yandex`] and the like being absent means that the platform is off.
    pub(super) complete: bool,
    pub(super) yandex: Option<Yandex>,
    pub(super) sber: Option<Sber>,
    pub(super) smartthings: Option<SmartThings>,
    pub(super) issuer: Option<String>,
    pub(super) audience: Option<String>,
    pub(super) jwks_url: Option<String>,
}

pub(super) struct Yandex {
    pub(super) skill_id: String,
    pub(super) token: Option<SecretString>,
    pub(super) api: String,
}

pub(super) struct Sber {
    pub(super) token: Option<SecretString>,
    pub(super) api: String,
    /// PEM, or the path of a file with it.
    pub(super) roots: Option<String>,
}

pub(super) struct SmartThings {
    /// Where SmartThings finds the function.
    pub(super) region: Option<String>,
}

impl Facts {
    /// From `HOMEPORT_…` variables.
    pub(super) fn of_environment(url: Option<Url>) -> Result<Self, String> {
        let url = url.ok_or("give --url or --stack")?;
        let secret = |name| variable(name).filter(|value| secrets::reference(value).is_none()).map(SecretString::from);
        let api = |name, real: &str| variable(name).unwrap_or_else(|| real.to_owned());
        let yandex = variable("HOMEPORT_YANDEX_SKILL_ID").map(|skill_id| Yandex {
            skill_id,
            token: secret("HOMEPORT_YANDEX_TOKEN"),
            api: api("HOMEPORT_YANDEX_URL", YANDEX_API),
        });
        let sber = variable("HOMEPORT_SBER_TOKEN").map(|_| Sber {
            token: secret("HOMEPORT_SBER_TOKEN"),
            api: api("HOMEPORT_SBER_URL", SBER_API),
            roots: sber_roots(),
        });
        let smartthings = variable("HOMEPORT_SMARTTHINGS_CLIENT_ID").map(|_| SmartThings { region: None });
        Ok(Facts {
            url: without_slash(&url),
            complete: false,
            yandex,
            sber,
            smartthings,
            issuer: variable("HOMEPORT_AUTH_ISSUER"),
            audience: variable("HOMEPORT_AUTH_AUDIENCE"),
            jwks_url: variable("HOMEPORT_AUTH_JWKS_URL"),
        })
    }

    /// From the outputs of a stack, and the secrets that they name.
    pub(super) async fn of_stack(name: &str, url: Option<&Url>) -> Result<Self, String> {
        let aws = store::sdk_config().await;
        let mut outputs = outputs(&aws_sdk_cloudformation::Client::new(&aws), name).await?;
        let stated =
            outputs.remove("Url").ok_or_else(|| format!("stack {name} has no output Url; is it homeport's?"))?;
        let stated = stated.parse::<Url>().map_err(|error| format!("output Url: {error}"))?;
        let is_on = |platform: &str, outputs: &HashMap<String, String>| {
            outputs.get("Platforms").is_some_and(|on| on.split_whitespace().any(|name| name == platform))
        };
        let reader = aws_sdk_secretsmanager::Client::new(&aws);
        let yandex = match outputs.remove("YandexSkill") {
            Some(skill_id) => Some(Yandex {
                skill_id,
                token: read(&reader, outputs.remove("YandexTokenSecret")).await?,
                api: outputs.remove("YandexApi").unwrap_or_else(|| YANDEX_API.to_owned()),
            }),
            None => None,
        };
        let sber = if is_on("sber", &outputs) {
            Some(Sber {
                token: read(&reader, outputs.remove("SberTokenSecret")).await?,
                api: outputs.remove("SberApi").unwrap_or_else(|| SBER_API.to_owned()),
                roots: sber_roots(),
            })
        } else {
            None
        };
        let region = outputs.get("SmartThingsFunctionArn").and_then(|arn| arn.split(':').nth(3)).map(str::to_owned);
        let smartthings = is_on("smartthings", &outputs).then_some(SmartThings { region });
        Ok(Facts {
            url: without_slash(url.unwrap_or(&stated)),
            complete: true,
            yandex,
            sber,
            smartthings,
            issuer: outputs.remove("Issuer"),
            audience: outputs.remove("Audience"),
            jwks_url: outputs.remove("JwksUrl"),
        })
    }

    /// An address of the deployment; `path` begins with a slash.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url.as_str().trim_end_matches('/'))
    }
}

async fn outputs(client: &aws_sdk_cloudformation::Client, name: &str) -> Result<HashMap<String, String>, String> {
    let answer = client.describe_stacks().stack_name(name).send().await;
    let answer = answer.map_err(|error| format!("stack {name}: {}", DisplayErrorContext(&error)))?;
    let stack =
        answer.stacks.unwrap_or_default().into_iter().next().ok_or_else(|| format!("there is no stack {name}"))?;
    let outputs = stack.outputs.unwrap_or_default();
    Ok(outputs.into_iter().filter_map(|output| Some((output.output_key?, output.output_value?))).collect())
}

async fn read(client: &aws_sdk_secretsmanager::Client, id: Option<String>) -> Result<Option<SecretString>, String> {
    let Some(id) = id else { return Ok(None) };
    let answer = client.get_secret_value().secret_id(&id).send().await;
    let answer = answer.map_err(|error| format!("secret {id}: {}", DisplayErrorContext(&error)))?;
    Ok(answer.secret_string.map(SecretString::from))
}

fn sber_roots() -> Option<String> {
    variable("HOMEPORT_SBER_CA").or_else(|| Path::new(SBER_ROOTS).exists().then(|| SBER_ROOTS.to_owned()))
}

fn without_slash(url: &Url) -> Url {
    let mut url = url.clone();
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    url
}
