//! The page in a real browser, against a real server.

mod browser;
mod coming_in;
mod everybody;
mod riding;
mod talking;
