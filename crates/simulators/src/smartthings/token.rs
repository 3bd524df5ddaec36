//! Codes are for one use, refresh tokens too; a new pair ends the one before it.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

/// Seconds: 24 h in all examples.
pub(super) const ACCESS_LIFE_SECS: u32 = 86_400;
/// Seconds; not documented, and meant to be used at once.
const CODE_LIFE_SECS: f64 = 600.0;
/// Dead tokens are forgotten beyond this.
const KEPT_MAX: usize = 10_000;

/// How often tokens were given out or refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TokenCounts {
    /// Codes that were exchanged.
    pub exchanged: u64,
    /// Refresh tokens that were used.
    pub refreshed: u64,
    /// Access tokens that live at the moment.
    pub living: u64,
}

/// What became of a code or token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Good(String),
    /// Over or used, or of a link that is gone.
    Over(String),
    /// Never given out.
    Unknown,
}

#[derive(Clone, Debug)]
struct Given {
    user: String,
    until: f64,
}

/// The codes and tokens of all links.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    codes: BTreeMap<String, Given>,
    access: BTreeMap<String, Given>,
    refresh: BTreeMap<String, Given>,
    counts: TokenCounts,
}

/// A new pair.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) user: String,
    pub(super) access: String,
    pub(super) refresh: String,
    until: f64,
    is_refresh: bool,
}

impl Issued {
    pub(super) fn new(user: String, is_refresh: bool, now: f64) -> Self {
        let token = |kind: &str| format!("{kind}-{}", Uuid::new_v4().simple());
        let until = now + f64::from(ACCESS_LIFE_SECS);
        Issued { user, access: token("cbt"), refresh: token("cbr"), until, is_refresh }
    }
}

impl Tokens {
    /// A code for a link.
    pub(super) fn code(&mut self, user: &str, now: f64) -> String {
        let code = format!("code-{}-{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        self.codes.insert(code.clone(), Given { user: user.to_owned(), until: now + CODE_LIFE_SECS });
        code
    }

    pub(super) fn code_standing(&self, code: &str, now: f64) -> Standing {
        standing(&self.codes, code, now)
    }

    pub(super) fn access_standing(&self, token: &str, now: f64) -> Standing {
        standing(&self.access, token, now)
    }

    pub(super) fn refresh_standing(&self, token: &str, now: f64) -> Standing {
        standing(&self.refresh, token, now)
    }

    /// The new pair counts from now on; what the link had before is over.
    pub(crate) fn accept(&mut self, issued: Issued) {
        if issued.is_refresh {
            self.counts.refreshed += 1;
        } else {
            self.counts.exchanged += 1;
            end(&mut self.codes, &issued.user);
        }
        end(&mut self.access, &issued.user);
        end(&mut self.refresh, &issued.user);
        self.access.insert(issued.access, Given { user: issued.user.clone(), until: issued.until });
        self.refresh.insert(issued.refresh, Given { user: issued.user, until: f64::MAX });
        for given in [&mut self.codes, &mut self.access, &mut self.refresh] {
            if given.len() > KEPT_MAX {
                given.retain(|_, given| given.until > 0.0);
            }
        }
    }

    /// Everything of a link is over.
    pub(crate) fn end(&mut self, user: &str) {
        end(&mut self.codes, user);
        end(&mut self.access, user);
        end(&mut self.refresh, user);
    }

    /// All access tokens are over.
    pub(crate) fn expire(&mut self) {
        self.access.values_mut().for_each(|given| given.until = 0.0);
    }

    pub(crate) fn counts(&self) -> TokenCounts {
        let living = self.access.values().filter(|given| given.until > 0.0).count();
        TokenCounts { living: living.try_into().unwrap_or(u64::MAX), ..self.counts }
    }
}

fn standing(given: &BTreeMap<String, Given>, name: &str, now: f64) -> Standing {
    match given.get(name) {
        None => Standing::Unknown,
        Some(given) if given.until > now => Standing::Good(given.user.clone()),
        Some(given) => Standing::Over(given.user.clone()),
    }
}

fn end(given: &mut BTreeMap<String, Given>, user: &str) {
    given.values_mut().filter(|given| given.user == user).for_each(|given| given.until = 0.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_lives_until_the_next_one_or_a_day() {
        let mut tokens = Tokens::default();
        let code = tokens.code("anna", 1000.0);
        assert_eq!(tokens.code_standing(&code, 1599.0), Standing::Good("anna".to_owned()));
        assert_eq!(tokens.code_standing(&code, 1601.0), Standing::Over("anna".to_owned()));

        let first = Issued::new("anna".to_owned(), false, 1000.0);
        tokens.accept(first.clone());
        assert_eq!(tokens.code_standing(&code, 1001.0), Standing::Over("anna".to_owned()), "codes are for one use");
        assert_eq!(tokens.access_standing(&first.access, 87_399.0), Standing::Good("anna".to_owned()));
        assert_eq!(tokens.access_standing(&first.access, 87_401.0), Standing::Over("anna".to_owned()));

        let second = Issued::new("anna".to_owned(), true, 1002.0);
        tokens.accept(second.clone());
        assert_eq!(tokens.access_standing(&first.access, 1003.0), Standing::Over("anna".to_owned()));
        assert_eq!(tokens.refresh_standing(&first.refresh, 1003.0), Standing::Over("anna".to_owned()));
        assert_eq!(tokens.refresh_standing(&second.refresh, 1e12), Standing::Good("anna".to_owned()));
        assert_eq!(tokens.access_standing("cbt-made-up", 1003.0), Standing::Unknown);
        assert_eq!(tokens.counts(), TokenCounts { exchanged: 1, refreshed: 1, living: 1 });

        tokens.expire();
        assert_eq!(tokens.access_standing(&second.access, 1003.0), Standing::Over("anna".to_owned()));
        assert_eq!(tokens.refresh_standing(&second.refresh, 1003.0), Standing::Good("anna".to_owned()));
        tokens.end("anna");
        assert_eq!(tokens.refresh_standing(&second.refresh, 1003.0), Standing::Over("anna".to_owned()));
    }
}
