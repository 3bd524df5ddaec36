//! What a person reads on start: what runs where, a token, and lines to paste.

use std::fmt::Write;

use common::config::Config;
use common::platform::Platform;

/// Everything the text depends on.
pub(crate) struct Facts<'a> {
    /// The base address of this program.
    pub(crate) base_url: &'a str,
    /// Where the simulated platforms are.
    pub(crate) simulators: &'a str,
    /// The endpoint of the table.
    pub(crate) dynamodb: &'a str,
    /// Where the data lies; none when the table is not the embedded one.
    pub(crate) data: Option<&'a str>,
    /// The vendor key, if it is the development default: one that was supplied is not printed.
    pub(crate) vendor_key: Option<&'a str>,
    /// A token for user `demo`, if this program is the identity provider.
    pub(crate) token: Option<&'a str>,
    /// Whether the demo home was asked for.
    pub(crate) demo: bool,
    /// The settings.
    pub(crate) config: &'a Config,
}

/// What runs where. Holds no secret: it is also what `GET /` answers.
pub(crate) fn overview(facts: &Facts<'_>) -> String {
    let base = facts.base_url;
    let mut text = format!("homeport {}\n\n", env!("CARGO_PKG_VERSION"));
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<12} {value}");
    };
    line("Vendor API", &format!("{base}/v1"));
    for platform in Platform::ALL {
        let (name, path) = match platform {
            Platform::Yandex => ("Yandex", "/yandex          (endpoint URL; the raw function form is at /yandex/rpc)"),
            Platform::Sber => ("Sber", "/sber            (webhook URL)"),
            Platform::SmartThings => ("SmartThings", "/smartthings     (webhook URL)"),
        };
        let place = if facts.config.platforms.is_on(*platform) {
            format!("{base}{path}")
        } else {
            "off: its settings are empty".to_owned()
        };
        line(name, &place);
    }
    let identity = if facts.token.is_some() { "/dev/token, /dev/jwks.json, " } else { "" };
    line("Development", &format!("{base}{identity}/dev/device.schema.json"));
    line("Simulators", &format!("{}/sim          (of the platforms whose address is not set)", facts.simulators));
    line("DynamoDB", &format!("{} (table {})", facts.dynamodb, facts.config.table));
    if let Some(data) = facts.data {
        line("Data", data);
    }
    text
}

/// The overview with a token and lines that work when pasted.
pub(crate) fn banner(facts: &Facts<'_>) -> String {
    let base = facts.base_url;
    let mut text = overview(facts);
    let vendor_key = facts.vendor_key.unwrap_or("$HOMEPORT_VENDOR_KEY");
    let _ = writeln!(text, "\n  Vendor key   {}", facts.vendor_key.unwrap_or("as given in HOMEPORT_VENDOR_KEY"));
    let token = match facts.token {
        Some(token) => {
            let _ = writeln!(text, "  User token   (user demo, 24 hours)\n\n{token}\n");
            token
        }
        None => {
            let _ = writeln!(text, "  User token   from your identity provider\n");
            "$TOKEN"
        }
    };
    let _ = writeln!(text, "Paste into another terminal:\n");
    // Double quotes, so that the shell fills in what is not printed.
    let _ = writeln!(text, "curl -s {base}/yandex/v1.0/user/devices -H \"Authorization: Bearer {token}\"\n");
    let _ = writeln!(text, "curl -s {base}/sber/v1/devices -H \"Authorization: Bearer {token}\"\n");
    let key = format!("-H \"Authorization: Bearer {vendor_key}\"");
    let _ = if facts.demo {
        writeln!(
            text,
            "curl -s -X PATCH {base}/v1/devices/living-room-ceiling-lamp/state {key} -d '{{\"state\": {{\"on_off\": true}}}}'\n"
        )
    } else {
        writeln!(text, "curl -s {base}/v1/users/demo/devices {key}\n")
    };
    let _ = writeln!(text, "Ctrl-C stops it; nothing is lost.");
    text
}
