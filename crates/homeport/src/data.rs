//! The data folder: what must survive a restart and a `kill -9`.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use p256::SecretKey;
use p256::elliptic_curve::rand_core::{OsRng, RngCore};
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};

/// The folder with the database and the keys made for development.
pub(crate) struct DataFolder(PathBuf);

impl DataFolder {
    /// Opens the folder, making it if need be.
    pub(crate) fn open(path: &str) -> Result<Self, String> {
        let path = PathBuf::from(path);
        fs::create_dir_all(&path).map_err(|error| {
            format!(
                "cannot make the data folder {}: {error}. Set HOMEPORT_DATA to a folder that can be written.",
                path.display()
            )
        })?;
        Ok(DataFolder(path))
    }

    /// Where the embedded DynamoDB keeps its tables.
    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("dynamodb.sqlite")
    }

    /// The key that signs development tokens.
    pub(crate) fn signing_key(&self) -> Result<SecretKey, String> {
        let pem = self.read_or_make("signing-key.pem", || {
            let key = SecretKey::random(&mut OsRng);
            let pem =
                key.to_pkcs8_pem(LineEnding::LF).map_err(|error| format!("cannot write a signing key: {error}"))?;
            Ok(pem.to_string())
        })?;
        SecretKey::from_pkcs8_pem(&pem)
            .map_err(|error| format!("{} is damaged ({error}): delete it", self.0.join("signing-key.pem").display()))
    }

    /// The key that encrypts stored platform tokens, in base64.
    pub(crate) fn token_key(&self) -> Result<String, String> {
        let key = self.read_or_make("token-key", || {
            let mut key = [0; 32];
            OsRng.fill_bytes(&mut key);
            Ok(STANDARD.encode(key))
        })?;
        Ok(key.trim().to_owned())
    }

    /// Reads a secret file, or makes it for this user alone.
    fn read_or_make(&self, name: &str, make: impl FnOnce() -> Result<String, String>) -> Result<String, String> {
        let path = self.0.join(name);
        let problem = |error: std::io::Error| format!("cannot use {}: {error}", path.display());
        match fs::read_to_string(&path) {
            Ok(text) => return Ok(text),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(problem(error)),
        }
        let text = make()?;
        // Written aside and renamed, so that a kill in between leaves no half of a key.
        let draft = self.0.join(format!("{name}.new"));
        let _ = fs::remove_file(&draft);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(problem)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(problem)?;
        fs::rename(&draft, &path).map_err(problem)?;
        Ok(text)
    }
}
