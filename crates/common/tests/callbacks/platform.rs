//! What the tests of single platforms share.

use common::notify::protocol::Reaction;

/// The reaction without its free text.
pub(crate) fn without_reason(reaction: Reaction) -> Reaction {
    let reason = String::new();
    match reaction {
        Reaction::Accepted { refused, retry } => {
            let refused = refused.into_iter().map(|(id, _)| (id, String::new())).collect();
            Reaction::Accepted { refused, retry }
        }
        Reaction::Retry { after, .. } => Reaction::Retry { after, reason },
        Reaction::Denied { after, .. } => Reaction::Denied { after, reason },
        Reaction::Without { place, part, .. } => Reaction::Without { place, part, reason },
        Reaction::Refused { .. } => Reaction::Refused { reason },
        Reaction::LinkBroken { .. } => Reaction::LinkBroken { reason },
        Reaction::UnknownUser | Reaction::TokenExpired => reaction,
    }
}
