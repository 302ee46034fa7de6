//! Tokens: what a link to a request carries.
//!
//! `tg1.<key id>.<claims>.<HMAC-SHA256>`, claims and signature in base64url (RFC 4648, section 5, without padding), claims
//! as canonical JSON. The signature covers everything before it. A token says nothing that is secret; it proves that it
//! was made here.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use super::Refused;
use super::key::KeyRing;
use crate::clock::Timestamp;
use crate::error::Code;

/// Bytes that a token may have.
const TOKEN_BYTES_MAX: usize = 2048;
/// How far the clocks of two hosts may be apart, in seconds.
const SKEW_S: u64 = 60;
const VERSION: &str = "tg1";

/// What a token claims.
///
/// ```
/// use toolgate::Timestamp;
/// use toolgate::approval::{KeyRing, Secret, Token};
/// let keys = KeyRing::new(&[Secret::new("0123456789abcdef0123456789abcdef")?]).unwrap();
/// let now = Timestamp::parse("2026-12-01T08:00:00Z").unwrap();
/// let token = Token::new("apr_1", "sha256:00", now, now.plus_seconds(3600));
/// let text = token.sign(&keys);
/// let verified = Token::verify(&text, &keys, now).unwrap();
/// assert_eq!(&*verified.claims().request, "apr_1");
/// # Ok::<(), toolgate::approval::SecretError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Digest of the action.
    #[serde(rename = "d")]
    pub digest: Arc<str>,
    /// Until when it counts.
    #[serde(rename = "e")]
    pub expires: Timestamp,
    /// When it was made.
    #[serde(rename = "i")]
    pub issued: Timestamp,
    /// The request's id.
    #[serde(rename = "r")]
    pub request: Arc<str>,
    /// Whom it was made for; whoever uses it is that approver.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Arc<str>>,
}

/// A token that was made here and counts now. Only [`Token::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedToken {
    claims: Token,
}

impl Token {
    /// A token for the request called `request`.
    pub fn new(
        request: impl Into<Arc<str>>,
        digest: impl Into<Arc<str>>,
        issued: Timestamp,
        expires: Timestamp,
    ) -> Token {
        Token { digest: digest.into(), expires, issued, request: request.into(), to: None }
    }

    /// The same token, for one approver alone.
    pub fn for_approver(mut self, id: impl Into<Arc<str>>) -> Token {
        self.to = Some(id.into());
        self
    }

    /// The token as text.
    pub fn sign(&self, keys: &KeyRing) -> String {
        // Names in the order of the alphabet and times as text: this is canonical JSON.
        let claims = serde_json::to_string(self).unwrap_or_default();
        let signed = format!("{VERSION}.{}.{}", keys.id(), BASE64URL_NOPAD.encode(claims.as_bytes()));
        let signature = BASE64URL_NOPAD.encode(&keys.sign(&signed));
        format!("{signed}.{signature}")
    }

    /// Reads a token that was made here.
    ///
    /// # Errors
    /// [`Code::ApprovalMalformedToken`], [`Code::ApprovalUnknownKey`], [`Code::ApprovalBadSignature`],
    /// [`Code::ApprovalNotYetValid`] if the clock stands more than a minute before it was made,
    /// [`Code::ApprovalExpired`].
    pub fn verify(text: &str, keys: &KeyRing, now: Timestamp) -> Result<VerifiedToken, Refused> {
        let refused = |code| Err(Refused::of(code));
        let Some((signed, key, claims, signature)) = split(text) else { return refused(Code::ApprovalMalformedToken) };
        if !keys.knows(key) {
            return refused(Code::ApprovalUnknownKey);
        }
        if !keys.verify(key, signed, &signature) {
            return refused(Code::ApprovalBadSignature);
        }
        let Ok(claims) = serde_json::from_slice::<Token>(&claims) else { return refused(Code::ApprovalMalformedToken) };
        if now.plus_seconds(SKEW_S) < claims.issued {
            return refused(Code::ApprovalNotYetValid);
        }
        if now >= claims.expires {
            return refused(Code::ApprovalExpired);
        }
        Ok(VerifiedToken { claims })
    }
}

impl VerifiedToken {
    /// What it claims.
    pub fn claims(&self) -> &Token {
        &self.claims
    }
}

/// What is signed, the key's id, the claims and the signature.
fn split(text: &str) -> Option<(&str, &str, Vec<u8>, Vec<u8>)> {
    if text.len() > TOKEN_BYTES_MAX {
        return None;
    }
    let (signed, signature) = text.rsplit_once('.')?;
    let (version, rest) = signed.split_once('.')?;
    let (key, claims) = rest.split_once('.')?;
    // Strict: one text for each sequence of bytes, so no letter of a token can be another.
    let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).ok();
    (version == VERSION).then_some((signed, key, decode(claims)?, decode(signature)?))
}

#[cfg(test)]
mod tests {
    use super::super::Secret;
    use super::*;

    fn keys() -> KeyRing {
        KeyRing::new(&[Secret::new("0123456789abcdef0123456789abcdef").unwrap()]).unwrap()
    }

    #[test]
    fn no_byte_of_a_token_can_be_another() {
        let now = Timestamp::from_micros(1_000_000);
        let text = Token::new("apr_1", "sha256:00", now, now.plus_seconds(60)).for_approver("alice").sign(&keys());
        assert!(Token::verify(&text, &keys(), now).is_ok());
        for at in 0..text.len() {
            for byte in (0..128u8).filter(|byte| *byte != text.as_bytes()[at]) {
                let mut other = text.clone().into_bytes();
                other[at] = byte;
                let other = String::from_utf8(other).unwrap();
                assert!(Token::verify(&other, &keys(), now).is_err(), "{other}");
            }
            assert!(Token::verify(text.get(..at).unwrap(), &keys(), now).is_err());
        }
        assert!(Token::verify(&format!("{text}A"), &keys(), now).is_err());
    }
}
