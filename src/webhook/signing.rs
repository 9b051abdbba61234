//! The secret of a webhook, and the signature by which its receiver knows what comes from here.
//!
//! Pure. A secret is not kept: it is made of the server's secret, the webhook's number and its salt (HKDF-SHA256). A delivery
//! is signed as the specification Standard Webhooks has it: HMAC-SHA256 over id, time and body.

use data_encoding::BASE64;
use ring::{hkdf, hmac};
use zeroize::Zeroizing;

/// Bytes of the server's secret.
pub(super) const SERVER_SECRET_BYTES: usize = 32;
/// Bytes of a salt.
pub(crate) const SALT_BYTES: usize = 16;
/// Bytes of a webhook's secret.
const SECRET_BYTES: usize = 32;
/// What a secret begins with where people see it.
const PREFIX: &str = "whsec_";

/// The secret of one webhook.
pub(super) struct HookSecret(Zeroizing<[u8; SECRET_BYTES]>);

/// How long what is derived is to be.
struct Length;

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        SECRET_BYTES
    }
}

impl HookSecret {
    /// Of that webhook. Nothing if the cipher refuses, which it does not for these lengths.
    pub(super) fn derive(server: &[u8; SERVER_SECRET_BYTES], hook: i64, salt: &[u8]) -> Option<Self> {
        let number = hook.to_be_bytes();
        let about: [&[u8]; 2] = [b"motorpool webhook ", &number];
        let mixed = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(server);
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        mixed.expand(&about, Length).ok()?.fill(secret.as_mut()).ok()?;
        Some(Self(secret))
    }

    /// As its holder needs it, once.
    pub(super) fn reveal(&self) -> String {
        format!("{PREFIX}{}", BASE64.encode(self.0.as_ref()))
    }

    /// The signature of a delivery at a time, in seconds since 1970.
    pub(super) fn sign(&self, delivery: &str, at: i64, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_ref());
        let mut signed = hmac::Context::with_key(&key);
        let at = at.to_string();
        for part in [delivery, ".", &at, ".", body] {
            signed.update(part.as_bytes());
        }
        format!("v1,{}", BASE64.encode(signed.sign().as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_specification() {
        // The example of standard-webhooks/standard-webhooks, signed with its reference libraries.
        let secret = BASE64.decode(b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let wanted = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let signed = hmac::sign(&key, b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}");
        assert_eq!(format!("v1,{}", BASE64.encode(signed.as_ref())), wanted);
        // And ours is made the same way.
        let ours = HookSecret::derive(&[7; 32], 1, &[9; 16]).unwrap();
        let revealed = ours.reveal();
        let key = BASE64
            .decode(revealed.strip_prefix("whsec_").unwrap().as_bytes())
            .unwrap();
        let signed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), b"d-1.5.{}");
        assert_eq!(
            ours.sign("d-1", 5, "{}"),
            format!("v1,{}", BASE64.encode(signed.as_ref()))
        );
    }

    #[test]
    fn every_part_of_a_delivery_is_signed() {
        let secret = HookSecret::derive(&[7; 32], 1, &[9; 16]).unwrap();
        let signed = secret.sign("d-1", 5, "{}");
        for other in [
            secret.sign("d-2", 5, "{}"),
            secret.sign("d-1", 6, "{}"),
            secret.sign("d-1", 5, "{ }"),
        ] {
            assert_ne!(signed, other);
        }
    }

    #[test]
    fn secrets_differ_by_server_webhook_and_salt() {
        let secret =
            |server: u8, hook, salt: u8| HookSecret::derive(&[server; 32], hook, &[salt; 16]).unwrap().reveal();
        let one = secret(1, 1, 1);
        assert_eq!(one, secret(1, 1, 1));
        for other in [secret(2, 1, 1), secret(1, 2, 1), secret(1, 1, 2)] {
            assert_ne!(one, other);
        }
    }
}
