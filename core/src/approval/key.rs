//! Secrets, and the keys that are made from them.

use std::fmt;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Bytes that a secret has to have.
const SECRET_BYTES_MIN: usize = 32;
/// Digits of a key's id.
const KEY_ID_DIGITS: usize = 8;

/// A secret of at least 32 bytes. It is never printed, and wiped from memory when it is dropped.
///
/// ```
/// use toolgate::approval::Secret;
/// assert!(Secret::new("short").is_err());
/// let secret = Secret::new("0123456789abcdef0123456789abcdef")?;
/// assert_eq!(format!("{secret:?}"), "Secret(…)");
/// # Ok::<(), toolgate::approval::SecretError>(())
/// ```
#[derive(Clone)]
pub struct Secret {
    bytes: Zeroizing<Vec<u8>>,
}

/// Why something is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretError {
    /// It is shorter than 32 bytes.
    TooShort,
    /// It is one byte over and over.
    Trivial,
}

impl Secret {
    /// Takes a secret.
    ///
    /// # Errors
    /// If it is too short, or one byte over and over.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Secret, SecretError> {
        let secret = Secret { bytes: Zeroizing::new(bytes.into()) };
        if secret.bytes.len() < SECRET_BYTES_MIN {
            return Err(SecretError::TooShort);
        }
        if secret.bytes.windows(2).all(|pair| pair.first() == pair.last()) {
            return Err(SecretError::Trivial);
        }
        Ok(secret)
    }

    /// The key for one purpose: HMAC-SHA256 of the purpose under the secret, so that nothing made with one key says
    /// anything about another.
    fn key(&self, purpose: &str) -> Key {
        Key { bytes: Zeroizing::new(mac(&self.bytes, &["toolgate v1 ", purpose])) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SecretError::TooShort => "a secret has at least 32 bytes; `openssl rand -hex 32` makes one",
            SecretError::Trivial => "a secret is not one sign over and over; `openssl rand -hex 32` makes one",
        })
    }
}

impl std::error::Error for SecretError {}

#[derive(Clone)]
struct Key {
    bytes: Zeroizing<[u8; 32]>,
}

/// The keys that tokens are signed and checked with: the first signs, all of them check, so that a secret can be
/// replaced while tokens of the old one are still about.
#[derive(Clone)]
pub struct KeyRing {
    keys: Vec<(String, Key)>,
}

impl KeyRing {
    /// The keys of `secrets`, of which the first signs. `None` if there is none.
    pub fn new(secrets: &[Secret]) -> Option<KeyRing> {
        let keys: Vec<_> = secrets.iter().map(|secret| (id_of(secret), secret.key("approval token"))).collect();
        (!keys.is_empty()).then_some(KeyRing { keys })
    }

    /// The id of the key that signs.
    pub fn id(&self) -> &str {
        self.keys.first().map_or("", |(id, _)| id)
    }

    /// Whether a key of this id is known.
    pub fn knows(&self, id: &str) -> bool {
        self.find(id).is_some()
    }

    /// The signature of `text`.
    pub(super) fn sign(&self, text: &str) -> [u8; 32] {
        self.keys.first().map(|(_, key)| mac(&*key.bytes, &[text])).unwrap_or_default()
    }

    /// Whether `signature` is that of `text` by the key called `id`; takes as long whether it is or not.
    pub(super) fn verify(&self, id: &str, text: &str, signature: &[u8]) -> bool {
        self.find(id).is_some_and(|key| hmac(&*key.bytes, &[text]).verify_slice(signature).is_ok())
    }

    fn find(&self, id: &str) -> Option<&Key> {
        self.keys.iter().find(|(own, _)| own == id).map(|(_, key)| key)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(id, _)| id)).finish()
    }
}

/// Tells keys apart without telling what they are.
fn id_of(secret: &Secret) -> String {
    let mut id = HEXLOWER.encode(&*secret.key("key id").bytes);
    id.truncate(KEY_ID_DIGITS);
    id
}

fn mac(key: &[u8], parts: &[&str]) -> [u8; 32] {
    hmac(key, parts).finalize().into_bytes().into()
}

fn hmac(key: &[u8], parts: &[&str]) -> Hmac<Sha256> {
    // A key of any length will do: the error cannot come up.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| Hmac::<Sha256>::new(&Default::default()));
    parts.iter().for_each(|part| mac.update(part.as_bytes()));
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(byte: u8) -> Secret {
        Secret::new((0..32).map(|index| byte ^ index).collect::<Vec<u8>>()).unwrap()
    }

    #[test]
    fn a_signature_holds_for_its_text_and_key_alone() {
        let (ring, other) = (KeyRing::new(&[secret(1)]).unwrap(), KeyRing::new(&[secret(2), secret(1)]).unwrap());
        let signature = ring.sign("text");
        assert!(ring.verify(ring.id(), "text", &signature) && other.verify(ring.id(), "text", &signature));
        assert!(!ring.verify(ring.id(), "texT", &signature) && !ring.verify("00000000", "text", &signature));
        assert!(!other.verify(other.id(), "text", &signature) && !ring.verify(ring.id(), "text", &signature[1..]));
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        assert_eq!(Secret::new(vec![7; 31]).err(), Some(SecretError::TooShort));
        assert_eq!(Secret::new(vec![7; 64]).err(), Some(SecretError::Trivial));
        assert!(KeyRing::new(&[]).is_none());
    }
}
