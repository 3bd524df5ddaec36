//! Keys of an identity provider, made for the test.

use std::sync::OnceLock;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::rand_core::OsRng;
use serde_json::{Value as Json, json};

/// A key that signs tokens.
pub(crate) struct Signer {
    pub(crate) kid: Option<String>,
    pub(crate) algorithm: Algorithm,
    key: EncodingKey,
    /// The public part, as it stands in the set.
    pub(crate) jwk: Json,
}

impl Signer {
    /// With a fresh key, except RSA: making one takes long, so all share one.
    pub(crate) fn new(kid: &str, algorithm: Algorithm) -> Self {
        let random = SystemRandom::new();
        let key = match algorithm {
            Algorithm::ES256 => {
                let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
                EncodingKey::from_ec_der(document.as_ref())
            }
            Algorithm::ES384 => {
                let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, &random).unwrap();
                EncodingKey::from_ec_der(document.as_ref())
            }
            Algorithm::EdDSA => ed25519(&random),
            _ => EncodingKey::from_rsa_der(rsa_der()),
        };
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&key, algorithm).unwrap()).unwrap();
        jwk["kid"] = json!(kid);
        jwk["use"] = json!("sig");
        Signer { kid: Some(kid.to_owned()), algorithm, key, jwk }
    }

    /// The same key under another name in the token's header.
    pub(crate) fn named(mut self, kid: Option<&str>) -> Self {
        self.kid = kid.map(str::to_owned);
        self
    }

    pub(crate) fn header(&self) -> Header {
        Header { kid: self.kid.clone(), ..Header::new(self.algorithm) }
    }

    pub(crate) fn sign(&self, claims: &Json) -> String {
        self.sign_with(&self.header(), claims)
    }

    pub(crate) fn sign_with(&self, header: &Header, claims: &Json) -> String {
        encode(header, claims, &self.key).unwrap()
    }
}

/// PKCS #8 (RFC 8410 section 7) around a random seed; the form that `ring` writes is not read by others.
fn ed25519(random: &SystemRandom) -> EncodingKey {
    let head = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    let mut seed = [0; 32];
    random.fill(&mut seed).unwrap();
    EncodingKey::from_ed_der(&[head.as_slice(), &seed].concat())
}

fn rsa_der() -> &'static [u8] {
    static DER: OnceLock<Vec<u8>> = OnceLock::new();
    DER.get_or_init(|| RsaPrivateKey::new(&mut OsRng, 2048).unwrap().to_pkcs1_der().unwrap().as_bytes().to_vec())
}
