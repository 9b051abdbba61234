//! The stable error codes of the protocol.
//!
//! Owns the closed set of codes that programs may rely on; their meanings are in `docs/protocol.md`.
//! A code is never renamed or reused, and a new one needs a new version of the protocol.

use super::names::names;

names! {
    /// What went wrong, for programs.
    ErrorCode as "error code" {
        /// Bytes that are not a frame, or a frame with wrong fields.
        BadFrame = "bad_frame",
        /// Longer or larger than a limit allows.
        TooLarge = "too_large",
        /// A protocol version this side does not speak.
        UnsupportedProtocol = "unsupported_protocol",
        /// Name, password, key or token do not fit together.
        BadLogin = "bad_login",
        /// Needs a login, and this connection has none.
        Unauthenticated = "unauthenticated",
        /// Logged in, without the right to do this to that.
        Forbidden = "forbidden",
        /// No command of this name.
        UnknownCommand = "unknown_command",
        /// No requestable of this name.
        UnknownRequestable = "unknown_requestable",
        /// Arguments missing, unknown, of the wrong type or out of range.
        BadArguments = "bad_arguments",
        /// The thing that was named does not exist.
        NotFound = "not_found",
        /// Something else is in the way.
        Conflict = "conflict",
        /// Its time is over: never done, and it never will be.
        Expired = "expired",
        /// Not allowed in the present state.
        NotNow = "not_now",
        /// What is needed is not there at the moment.
        Unavailable = "unavailable",
        /// Too much in progress; asking again later may succeed.
        Busy = "busy",
        /// No answer by the deadline; whether it was done is unknown.
        Timeout = "timeout",
        /// Asked too often.
        RateLimited = "rate_limited",
        /// Too many failed tries.
        LockedOut = "locked_out",
        /// An operator has taken the word away.
        Muted = "muted",
        /// The peer did not read fast enough.
        Lagged = "lagged",
        /// The store is full.
        StorageFull = "storage_full",
        /// The server is going down.
        ShuttingDown = "shutting_down",
        /// A fault of this side, kept in its log.
        Internal = "internal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_by_its_name_and_by_nothing_else() {
        assert_eq!(ErrorCode::ALL.len(), 23);
        for code in ErrorCode::ALL {
            assert_eq!(code.as_str().parse::<ErrorCode>(), Ok(*code));
            assert_eq!(code.to_string(), code.as_str());
        }
        let refused = "BadFrame".parse::<ErrorCode>().unwrap_err().to_string();
        assert!(refused.starts_with("unknown error code `BadFrame`, wanted one of bad_frame, too_large"));
    }
}
