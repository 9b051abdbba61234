//! What the wire promises: refusals one by one, and laws over any frames and any bytes.

mod decode;
mod direct;
mod fuzz;
mod laws;
mod scan;
mod transit;
mod write;

use data_encoding::HEXLOWER_PERMISSIVE;

/// Bytes from hex with blanks in it.
fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).unwrap()
}
