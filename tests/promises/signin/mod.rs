//! Signing in with a provider: a real one, a fake one that lies, and many tries at a password.

mod browser;
mod fake;
mod fake_people;
mod hostile;
mod hostile_rows;
mod real;
mod rows_of_answers;
mod rows_of_tokens;
mod tries;
