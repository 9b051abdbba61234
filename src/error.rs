//! The one error outsiders see: a stable code, a public text, optional detail for programs, a private cause.
//!
//! Every module has its own `thiserror` enum; only this file knows which wire code each becomes.
