//! The identity provider's public keys (JWK set, RFC 7517).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Header};
use serde::Deserialize;
use serde_json::Value as Json;

/// RFC 7518 section 3.3 asks for 2048 bits.
const RSA_MIN_BYTES: usize = 256;

/// Keys that can check a signature, in the set's order.
pub(super) struct KeySet(Vec<Key>);

struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

#[derive(Deserialize)]
struct WireSet {
    keys: Vec<Json>,
}

/// A key as far as it matters here; symmetric and unknown kinds have none of the members.
#[derive(Deserialize)]
struct WireKey {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a set; keys that cannot check signatures are left out. `None` when it is not a set or none is left.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let set: WireSet = serde_json::from_slice(body).ok()?;
        let keys: Vec<Key> = set.keys.into_iter().filter_map(Key::parse).collect();
        (!keys.is_empty()).then_some(KeySet(keys))
    }

    /// The keys that may have signed a token with this header: those with its id, or all where it names none.
    pub(super) fn candidates<'a>(&'a self, header: &'a Header) -> impl Iterator<Item = &'a DecodingKey> {
        let fits = |key: &&Key| {
            let id_fits = header.kid.is_none() || key.id.as_deref() == header.kid.as_deref();
            id_fits && key.algorithms.contains(&header.alg)
        };
        self.0.iter().filter(fits).map(|key| &key.key)
    }

    /// Whether a key with the header's id is there, for whatever algorithm.
    pub(super) fn knows(&self, header: &Header) -> bool {
        header.kid.is_some() && self.0.iter().any(|key| key.id == header.kid)
    }
}

impl Key {
    fn parse(json: Json) -> Option<Self> {
        let wire: WireKey = serde_json::from_value(json).ok()?;
        let signs = wire.usage.as_deref().is_none_or(|usage| usage == "sig");
        let verifies = wire.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !signs || !verifies {
            return None;
        }
        let (mut algorithms, key) = wire.key()?;
        if let Some(named) = &wire.alg {
            let named: Algorithm = named.parse().ok()?;
            algorithms.retain(|algorithm| *algorithm == named);
        }
        (!algorithms.is_empty()).then_some(Key { id: wire.kid, algorithms, key })
    }
}

impl WireKey {
    /// The key and the algorithms that its kind allows: the token's word alone must not choose.
    fn key(&self) -> Option<(Vec<Algorithm>, DecodingKey)> {
        use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
        let (x, y) = (self.x.as_deref(), self.y.as_deref());
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => {
                let modulus = URL_SAFE_NO_PAD.decode(self.n.as_deref()?).ok()?;
                let exponent = URL_SAFE_NO_PAD.decode(self.e.as_deref()?).ok()?;
                let significant = modulus.iter().skip_while(|byte| **byte == 0).count();
                let key = DecodingKey::from_rsa_raw_components(&modulus, &exponent);
                (significant >= RSA_MIN_BYTES).then(|| (vec![RS256, RS384, RS512, PS256, PS384, PS512], key))
            }
            ("EC", Some("P-256")) => Some((vec![ES256], DecodingKey::from_ec_components(x?, y?).ok()?)),
            ("EC", Some("P-384")) => Some((vec![ES384], DecodingKey::from_ec_components(x?, y?).ok()?)),
            ("OKP", Some("Ed25519")) => Some((vec![EdDSA], DecodingKey::from_ed_components(x?).ok()?)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn header(alg: Algorithm, kid: Option<&str>) -> Header {
        Header { kid: kid.map(str::to_owned), ..Header::new(alg) }
    }

    fn parse(keys: &Json) -> Option<KeySet> {
        KeySet::parse(json!({ "keys": keys }).to_string().as_bytes())
    }

    #[test]
    fn a_strange_key_does_not_spoil_its_neighbours() {
        let set = parse(&json!([
            null,
            {"kty": "oct", "kid": "hmac", "k": "AAAA"},
            {"kty": "EC", "crv": "P-521", "kid": "big", "x": "AA", "y": "AA"},
            {"kty": "EC", "crv": "P-256", "kid": 5, "x": "AA", "y": "AA"},
            {"kty": "EC", "crv": "P-256", "kid": "enc", "use": "enc", "x": "AA", "y": "AA"},
            {"kty": "EC", "crv": "P-256", "kid": "sign", "key_ops": ["sign"], "x": "AA", "y": "AA"},
            {"kty": "EC", "crv": "P-256", "kid": "other", "alg": "ES384", "x": "AA", "y": "AA"},
            {"kty": "RSA", "kid": "short", "n": URL_SAFE_NO_PAD.encode([255; 128]), "e": "AQAB"},
            {"kty": "EC", "crv": "P-256", "kid": "good", "x": "AA", "y": "AA"},
            {"kty": "RSA", "kid": "rsa", "alg": "RS256", "n": URL_SAFE_NO_PAD.encode([255; 256]), "e": "AQAB"},
        ]))
        .unwrap();
        assert_eq!(set.0.iter().filter_map(|key| key.id.as_deref()).collect::<Vec<_>>(), ["good", "rsa"]);
    }

    #[test]
    fn the_key_decides_about_the_algorithm() {
        let set = parse(&json!([
            {"kty": "RSA", "kid": "any", "n": URL_SAFE_NO_PAD.encode([255; 256]), "e": "AQAB"},
            {"kty": "RSA", "kid": "one", "alg": "PS256", "n": URL_SAFE_NO_PAD.encode([255; 256]), "e": "AQAB"},
            {"kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": "AA"},
        ]))
        .unwrap();
        for (algorithm, kid, found) in [
            (Algorithm::RS512, Some("any"), 1),
            (Algorithm::RS256, Some("one"), 0),
            (Algorithm::PS256, Some("one"), 1),
            (Algorithm::PS256, None, 2),
            (Algorithm::HS256, Some("any"), 0),
            (Algorithm::HS256, None, 0),
            (Algorithm::EdDSA, Some("ed"), 1),
            (Algorithm::ES256, Some("ed"), 0),
            (Algorithm::RS256, Some("unknown"), 0),
        ] {
            assert_eq!(set.candidates(&header(algorithm, kid)).count(), found, "{algorithm:?} {kid:?}");
        }
        assert!(set.knows(&header(Algorithm::HS256, Some("any"))));
        assert!(!set.knows(&header(Algorithm::HS256, None)));
    }

    #[test]
    fn what_is_no_set_is_none() {
        assert!(KeySet::parse(b"").is_none());
        assert!(KeySet::parse(b"[]").is_none());
        assert!(parse(&json!([])).is_none());
    }
}
