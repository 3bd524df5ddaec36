//! The messages that need a user.

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::{Content, Stop, devices, grant, result};
use crate::auth::Claims;
use crate::operation::{self, Caller, Failure, Policy};
use crate::platform::Platform;
use crate::platform::smartthings::map;
use crate::platform::smartthings::wire::{Discovery, GlobalErrorEnum, InteractionType, Nothing, States};
use crate::services::{Call, Services};
use crate::store::LinkStatus;

/// Does what the message asks for. First the token, then the rest of the message: nobody learns more without one.
pub(super) async fn ask(services: &Services, call: &Call, kind: InteractionType, body: &Json) -> Result<Content, Stop> {
    let token =
        body.get("authentication").and_then(|authentication| authentication.get("token")).and_then(Json::as_str);
    let caller = async || Ok::<_, Stop>(caller_of(services.auth.verify_at(token, call.now).await?));
    match kind {
        InteractionType::DiscoveryRequest => discovery(services, &caller().await?).await,
        InteractionType::StateRefreshRequest => state_refresh(services, &caller().await?, body).await,
        InteractionType::CommandRequest => command(services, call, &caller().await?, body).await,
        InteractionType::GrantCallbackAccess => {
            let caller = caller().await?;
            grant::store(services, call, &caller, read(body)?).await?;
            Ok(Content::Nothing(Nothing {}))
        }
        InteractionType::IntegrationDeleted => {
            // A link may be ended with a token that is too old for anything else.
            let claims = services.auth.verify_even_expired(token, call.now).await?;
            integration_deleted(services, call, &caller_of(claims)).await
        }
        // SmartThings sends it without a token, too.
        InteractionType::InteractionResult => Ok(result::note(body)),
    }
}

/// One user can have several installations; each has a session of its own. The access token changes, the session does not.
fn caller_of(claims: Claims) -> Caller {
    let link_id = claims.session.unwrap_or_else(|| claims.user.to_string());
    Caller { platform: Platform::SmartThings, user: claims.user, link_id, signed_in: claims.signed_in }
}

fn read<T: DeserializeOwned>(body: &Json) -> Result<T, Stop> {
    T::deserialize(body).map_err(|_| Stop::Refused(GlobalErrorEnum::BadRequest, "Message is not complete"))
}

async fn discovery(services: &Services, caller: &Caller) -> Result<Content, Stop> {
    let (devices, link) = operation::discovery_of_granted(services, caller).await?;
    // Asked for without need, it is reported to make linking fail.
    let is_broken = link.is_some_and(|link| link.status == Some(LinkStatus::Broken));
    Ok(Content::Discovery(Discovery {
        request_grant_callback_access: is_broken.then_some(true),
        devices: devices.iter().filter_map(map::describe).collect(),
    }))
}

async fn state_refresh(services: &Services, caller: &Caller, body: &Json) -> Result<Content, Stop> {
    let ids = devices::ids(&read(body)?);
    let records = operation::query(services, caller, &ids).await?;
    let device_state = ids.iter().zip(&records).map(|(id, record)| devices::refreshed(id, record.as_ref())).collect();
    Ok(Content::States(States { device_state }))
}

async fn command(services: &Services, call: &Call, caller: &Caller, body: &Json) -> Result<Content, Stop> {
    let requests = devices::requests(read(body)?);
    let refreshed = devices::refreshes(&requests);
    let answers = operation::action(services, call, caller, requests, devices::decode, Policy::EachEntry).await?;
    let device_state =
        answers.iter().map(|answer| devices::commanded(answer, refreshed.contains(&answer.device_id))).collect();
    Ok(Content::States(States { device_state }))
}

async fn integration_deleted(services: &Services, call: &Call, caller: &Caller) -> Result<Content, Stop> {
    match operation::identify(services, caller).await {
        Ok(()) => operation::unlink(services, call, caller).await?,
        // Ended already. Ending it once more could end what the user has linked since.
        Err(Failure::Revoked) => {}
        Err(failure) => return Err(failure.into()),
    }
    Ok(Content::Nothing(Nothing {}))
}
