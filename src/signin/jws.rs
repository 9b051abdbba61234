//! Signed tokens: whether a key of the provider signed one, and its claims, read strictly.
//!
//! Keys and their arithmetic are those of `openidconnect`. Only asymmetric algorithms count: with `none` there is no
//! signature, and with a shared secret a public key could pass for one.

use ciborium::value::Value;
use data_encoding::BASE64URL_NOPAD;
use openidconnect::core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey, JsonWebKeyId};

use super::refusal::Refusal;
use super::rules::{Claims, Misfit};
use crate::wire::{ScanLimits, strict};

/// Longest token.
const TOKEN_BYTES_MAX: usize = 32 * 1024;
/// Longest name of a key.
const KID_BYTES_MAX: usize = 256;

/// A token before anything of it is believed.
pub(super) struct Unproved<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    kid: Option<JsonWebKeyId>,
    algorithm: CoreJwsSigningAlgorithm,
    claims: Value,
}

/// Whose token it is said to be, for the types it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An identity.
    Identity,
    /// A sign-out.
    Logout,
}

impl<'a> Unproved<'a> {
    /// Takes a token apart.
    pub(super) fn read(token: &'a str, kind: Kind) -> Result<Self, Refusal> {
        let broken = || Refusal::Signature("it is no signed token");
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or_else(broken)?;
        let (head, body) = signed
            .split_once('.')
            .filter(|(_, body)| !body.contains('.'))
            .ok_or_else(broken)?;
        let decoded = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| broken());
        let head = strict::read(&decoded(head)?, ScanLimits::default()).map_err(|_| broken())?;
        let head = Claims(&head);
        // What must be understood and is not; `b64` and nested tokens are among it.
        if head.find("crit").is_some() || head.find("cty").is_some() {
            return Err(Refusal::Signature("it wants more than is understood"));
        }
        let allowed: &[&str] = match kind {
            Kind::Identity => &["jwt", "application/jwt"],
            Kind::Logout => &["logout+jwt", "application/logout+jwt", "jwt", "application/jwt"],
        };
        let of_type = head.text("typ")?.map(str::to_ascii_lowercase);
        if of_type.is_some_and(|of_type| !allowed.contains(&of_type.as_str())) {
            return Err(Refusal::Signature("it is of another type"));
        }
        let kid = head.text("kid")?.filter(|kid| kid.len() <= KID_BYTES_MAX);
        Ok(Self {
            signed,
            signature: decoded(signature)?,
            kid: kid.map(|kid| JsonWebKeyId::new(kid.to_owned())),
            algorithm: algorithm(head.text("alg")?)?,
            claims: strict::read(&decoded(body)?, ScanLimits::default()).map_err(|_| Misfit::Kind)?,
        })
    }

    /// Whether one of these keys may have signed it.
    pub(super) fn knows_key(&self, keys: &CoreJsonWebKeySet) -> bool {
        keys.keys()
            .iter()
            .any(|key| self.kid.is_none() || key.key_id() == self.kid.as_ref())
    }

    /// The claims, when a key of these has signed them.
    pub(super) fn proved(self, keys: &CoreJsonWebKeySet) -> Result<Value, Refusal> {
        if !self.knows_key(keys) {
            return Err(Refusal::Signature("its key is not known"));
        }
        let of_name = keys
            .keys()
            .iter()
            .filter(|key| self.kid.is_none() || key.key_id() == self.kid.as_ref());
        let mut tried =
            of_name.map(|key| key.verify_signature(&self.algorithm, self.signed.as_bytes(), &self.signature));
        if tried.any(|tried| tried.is_ok()) {
            Ok(self.claims)
        } else {
            Err(Refusal::Signature("no key of the provider has signed it"))
        }
    }
}

fn algorithm(name: Option<&str>) -> Result<CoreJwsSigningAlgorithm, Refusal> {
    match name {
        Some("RS256") => Ok(CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256),
        Some("PS256") => Ok(CoreJwsSigningAlgorithm::RsaSsaPssSha256),
        Some("ES256") => Ok(CoreJwsSigningAlgorithm::EcdsaP256Sha256),
        Some("ES384") => Ok(CoreJwsSigningAlgorithm::EcdsaP384Sha384),
        Some("EdDSA") => Ok(CoreJwsSigningAlgorithm::EdDsa),
        _ => Err(Refusal::Signature("its algorithm is not taken")),
    }
}
