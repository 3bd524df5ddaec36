//! Encryption of the platforms' tokens at rest.

use std::fmt;

use aes_gcm::aead::{Aead, Generate, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::keys::{Key, LinkKey};

/// AES-256-GCM under the key of `HOMEPORT_TOKEN_KEY`.
#[derive(Clone)]
pub struct Sealer(Aes256Gcm);

/// A secret that only a [`Sealer`] with the same key opens, and only for the link it was sealed for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

/// The secret cannot be sealed or opened: another key, another link, or a changed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stored token cannot be read with this token key")]
pub struct SealError;

/// Bytes of a nonce in front of the sealed text.
const NONCE: usize = 12;

impl Sealer {
    /// With this key.
    pub fn new(key: &[u8; 32]) -> Self {
        Sealer(Aes256Gcm::new(key.into()))
    }

    /// With the key as the settings give it: 32 bytes in base64.
    pub fn from_base64(key: &str) -> Option<Self> {
        let key: [u8; 32] = STANDARD.decode(key.trim()).ok()?.try_into().ok()?;
        Some(Sealer::new(&key))
    }

    /// Seals a secret of a link.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn seal(&self, link: &LinkKey, secret: &SecretString) -> Result<Sealed, SealError> {
        let nonce: [u8; NONCE] = Generate::try_generate().map_err(|_| SealError)?;
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: &associated(link) };
        let sealed = self.0.encrypt(&Nonce::from(nonce), payload).map_err(|_| SealError)?;
        Ok(Sealed(STANDARD.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// Opens a sealed secret of the same link.
    ///
    /// # Errors
    /// When it was sealed with another key, for another link, or was changed.
    pub fn open(&self, link: &LinkKey, sealed: &Sealed) -> Result<SecretString, SealError> {
        let bytes = STANDARD.decode(&sealed.0).map_err(|_| SealError)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>().ok_or(SealError)?;
        let payload = Payload { msg: sealed, aad: &associated(link) };
        let secret = self.0.decrypt(&Nonce::from(*nonce), payload).map_err(|_| SealError)?;
        String::from_utf8(secret).map(SecretString::from).map_err(|_| SealError)
    }
}

/// Binds a secret to its link, so that one cannot be copied into another user's item.
fn associated(link: &LinkKey) -> Vec<u8> {
    let key = Key::link(link);
    format!("{}\n{}", key.pk, key.sk).into_bytes()
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UserId;
    use crate::platform::Platform;

    fn link(user: &str) -> LinkKey {
        let user = UserId::new(user).unwrap();
        LinkKey { platform: Platform::SmartThings, user, link_id: "session".to_owned() }
    }

    #[test]
    fn a_secret_opens_with_its_key_and_link_alone() {
        let sealer = Sealer::new(&[7; 32]);
        let secret = SecretString::from("refresh-token-Ж");
        let sealed = sealer.seal(&link("u1"), &secret).unwrap();
        assert_eq!(sealer.open(&link("u1"), &sealed).unwrap().expose_secret(), secret.expose_secret());
        assert_eq!(sealer.open(&link("u2"), &sealed).unwrap_err(), SealError);
        assert_eq!(Sealer::new(&[8; 32]).open(&link("u1"), &sealed).unwrap_err(), SealError);
        let mut changed = STANDARD.decode(&sealed.0).unwrap();
        changed[NONCE] ^= 1;
        assert_eq!(sealer.open(&link("u1"), &Sealed(STANDARD.encode(changed))).unwrap_err(), SealError);
        assert_eq!(sealer.open(&link("u1"), &Sealed("AAAA".to_owned())).unwrap_err(), SealError);
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike() {
        let sealer = Sealer::from_base64("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=").unwrap();
        let secret = SecretString::from("token");
        let (one, two) = (sealer.seal(&link("u1"), &secret).unwrap(), sealer.seal(&link("u1"), &secret).unwrap());
        assert_ne!(one, two);
        assert_eq!(format!("{one:?} {sealer:?}"), "Sealed Sealer");
    }

    #[test]
    fn a_key_is_32_bytes() {
        assert!(Sealer::from_base64("c2hvcnQ=").is_none());
        assert!(Sealer::from_base64("not base64").is_none());
    }
}
