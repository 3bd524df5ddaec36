use serde_json::{Value as Json, json};
use simulators::Platform;
use testkit::golden;

use crate::stand::Stand;

/// What every golden device looks like on each platform, and says of its state, is fine by the platform's pages.
#[tokio::test]
async fn golden_devices_are_accepted_with_their_states() {
    let stand = Stand::start().await;
    let mut wrong = Vec::new();
    let mut seen = 0;
    for case in golden::cases().into_iter().filter(|case| case.command.is_none()) {
        for platform in Platform::ALL {
            let Some(expected) = case.expect.get(platform.name()) else { continue };
            let mut device = expected["discovery"].clone();
            // Not compared there, but obligatory.
            if platform == Platform::Sber {
                device["default_name"] = json!("Device");
                if device["model"].is_object() && device["model"].get("id").is_none() {
                    device["model"]["id"] = json!("model");
                }
            }
            let id = if platform == Platform::SmartThings { "externalDeviceId" } else { "id" };
            let id = device[id].as_str().unwrap().to_owned();
            let mut state = expected.get("query").or_else(|| expected.get("refresh")).unwrap().clone();
            for error in state.get_mut("deviceError").and_then(Json::as_array_mut).into_iter().flatten() {
                error["detail"] = json!("Away");
            }
            let user = format!("{platform}-{seen}");
            {
                let mut homeport = stand.homeport.lock().unwrap();
                homeport.user.clone_from(&user);
                homeport.devices = vec![device.clone()];
                homeport.states.clear();
                homeport.states.insert(id.clone(), state);
            }
            seen += 1;
            // A model that is only named is registered beforehand.
            if let Some(model) = device.get("model_id") {
                register(&stand, model).await;
            }
            let linked = stand.simulators.link(platform, &stand.homeport_url(), &user, "token".to_owned().into()).await;
            let violations = stand.violations();
            if linked.is_err() || !violations.is_empty() {
                wrong.push(format!("{} {platform}: {violations:?}", case.title));
            } else {
                assert!(stand.home(platform, &user).devices.contains_key(&id), "{}", case.title);
            }
        }
    }
    assert!(seen > 100, "{seen}");
    assert_eq!(wrong, Vec::<String>::new());
}

async fn register(stand: &Stand, id: &Json) {
    let models = json!({"models": [{"id": id, "manufacturer": "Acme", "model": "M", "category": "light",
        "features": ["online", "on_off"]}]});
    let headers = [("authorization", "Bearer project-key-c0de"), ("content-type", "application/json")];
    assert_eq!(stand.json("POST", "/v1/models", &headers, &models).await.0, 200);
}
