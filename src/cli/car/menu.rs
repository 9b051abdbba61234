//! The menu at the car: unlock by password or face, return, engineer. It goes on after every choice.

use super::camera::Camera;
use super::input::{self, tell};
use super::refusal;
use crate::client::ClientError;
use crate::client::unit::{EngineerProof, Unit};
use crate::wire::ErrorCode;

const MENU: &str =
    "\n1 unlock with user name and password\n2 unlock with face\n3 return the car\n4 engineer sign in\n> ";

/// What is open to everybody, with or without a face.
const OTHER_WAY: &str = "unlock with user name and password";

/// Serves whoever stands there. Ends when a person leaves with Ctrl-D; without a person it waits for ever.
pub(super) async fn run(unit: &Unit, camera: Option<Camera>, devices: Vec<String>) {
    while let Some(choice) = input::line(MENU).await {
        match choice.trim() {
            "" => {}
            "1" => unlock(unit).await,
            "2" => tell(&face(unit, camera.as_ref()).await),
            "3" => tell(&give_back(unit).await),
            "4" => engineer(unit, &devices).await,
            _ => tell("invalid input"),
        }
    }
    if !input::is_person() {
        std::future::pending::<()>().await;
    }
}

async fn unlock(unit: &Unit) {
    let Some(username) = input::line("please input your user name:").await else {
        return;
    };
    let Some(password) = input::secret("please input your password:").await else {
        return;
    };
    match unit.unlock_with(username.trim(), &password).await {
        Ok(_) => tell("unlock"),
        Err(error) => tell(&not_unlocked(&error)),
    }
}

fn not_unlocked(error: &ClientError) -> String {
    match refusal(error).map(|refusal| refusal.code) {
        Some(ErrorCode::BadLogin | ErrorCode::Forbidden | ErrorCode::NotFound | ErrorCode::Unauthenticated) => {
            format!(
                "invalid username and password or you did not book this car ({})",
                why(error)
            )
        }
        _ => format!("not unlocked: {}", why(error)),
    }
}

async fn face(unit: &Unit, camera: Option<&Camera>) -> String {
    let outcome = match camera {
        Some(camera) => camera.unlock(unit).await.map(|_| "unlock".to_owned()),
        None => unit
            .face_challenge()
            .await
            .map(|_| format!("this unit has no camera: {OTHER_WAY}")),
    };
    outcome.unwrap_or_else(|error| not_recognised(&error))
}

/// Nobody learns here whose face it was; everybody learns of the other way.
fn not_recognised(error: &ClientError) -> String {
    match refusal(error).map(|refusal| refusal.code) {
        Some(ErrorCode::UnknownCommand) => format!("this server has no face unlock yet: {OTHER_WAY}"),
        Some(ErrorCode::Forbidden | ErrorCode::NotFound | ErrorCode::BadLogin) => format!(
            "your face is not in database or you did not book this car ({}): {OTHER_WAY}",
            why(error)
        ),
        _ => format!("not unlocked: {}: {OTHER_WAY}", why(error)),
    }
}

async fn give_back(unit: &Unit) -> String {
    match unit.return_car(None).await {
        Ok(returned) => {
            format!(
                "return successfully (booking {}, {} {})",
                returned.booking, returned.price, returned.currency
            )
        }
        Err(error) if is_not_rented(&error) => "this car is not being rented".to_owned(),
        Err(error) => format!("not returned: {}", why(&error)),
    }
}

/// The server knows no booking that has this car.
fn is_not_rented(error: &ClientError) -> bool {
    refusal(error).is_some_and(|refusal| {
        refusal.code == ErrorCode::NotFound || refusal.message.contains("this car is not being rented")
    })
}

async fn engineer(unit: &Unit, devices: &[String]) {
    let proof = if devices.is_empty() {
        let Some(code) = input::secret("please input your code:").await else {
            return;
        };
        EngineerProof::Code(code.trim().to_owned())
    } else {
        EngineerProof::Devices(devices.to_vec())
    };
    tell(&match unit.sign_in_engineer(proof).await {
        Ok(_) => "success".to_owned(),
        Err(error) => match refusal(&error).map(|refusal| refusal.code) {
            Some(ErrorCode::UnknownCommand) => "this server has no engineer sign-in yet".to_owned(),
            Some(ErrorCode::BadLogin | ErrorCode::Forbidden | ErrorCode::NotFound | ErrorCode::NotNow) => {
                format!("invalid QR code or car no need to repair ({})", why(&error))
            }
            _ => format!("not signed in: {}", why(&error)),
        },
    });
}

fn why(error: &ClientError) -> String {
    refusal(error).map_or_else(|| error.to_string(), |refusal| refusal.message.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::WireError;

    fn refused(code: ErrorCode, message: &str) -> ClientError {
        ClientError::Refused(WireError {
            code,
            message: message.to_owned(),
            detail: None,
        })
    }

    #[test]
    fn failures_at_the_car_have_the_right_texts() {
        let wrong = not_unlocked(&refused(ErrorCode::BadLogin, "the login is not valid"));
        assert!(
            wrong.starts_with("invalid username and password or you did not book this car"),
            "{wrong}"
        );
        let away = not_unlocked(&refused(ErrorCode::Timeout, "the car did not answer"));
        assert_eq!(away, "not unlocked: the car did not answer");
        let unknown = not_recognised(&refused(ErrorCode::BadLogin, "no face of a rider"));
        assert!(unknown.starts_with("your face is not in database or you did not book this car"));
        let away = not_recognised(&refused(ErrorCode::Unavailable, "faces are not available"));
        assert!(away.starts_with("not unlocked: faces are not available"));
        assert!(unknown.ends_with(OTHER_WAY) && away.ends_with(OTHER_WAY));
        assert!(is_not_rented(&refused(ErrorCode::NotFound, "no booking 7")));
        assert!(is_not_rented(&refused(
            ErrorCode::NotNow,
            "this car is not being rented"
        )));
        assert!(!is_not_rented(&refused(
            ErrorCode::NotNow,
            "these doors are open: boot"
        )));
        assert!(!is_not_rented(&ClientError::gone()));
    }
}
