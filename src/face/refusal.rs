//! How a picture that gives no usable face is refused: a stable code, a sentence, and the reason in its detail.

use serde::Serialize;

use super::analyser::AnalyseError;
use super::quality::QualityFault;
use crate::error::Error;
use crate::wire::ErrorCode;

/// What a program needs: the word for what was wrong.
#[derive(Serialize)]
struct Detail {
    reason: &'static str,
}

impl From<AnalyseError> for Error {
    fn from(error: AnalyseError) -> Self {
        let reason = error.reason();
        Self::new(error.code(), error.to_string()).detail(&Detail { reason })
    }
}

impl From<QualityFault> for Error {
    fn from(fault: QualityFault) -> Self {
        let reason = fault.reason();
        Self::new(ErrorCode::BadArguments, fault.to_string()).detail(&Detail { reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::PictureFault;

    #[test]
    fn refusals_have_a_code_a_reason_and_a_sentence() {
        let refused = |error: Error| {
            let wire = error.to_wire();
            (wire.code, serde_json::to_string(&wire.detail).unwrap(), wire.message)
        };
        let (code, detail, message) = refused(AnalyseError::Picture(PictureFault::WrongType).into());
        assert_eq!(code, ErrorCode::BadArguments);
        assert!(
            detail.contains("wrong_type") && message.contains("JPEG"),
            "{detail} {message}"
        );
        let large = PictureFault::TooManyPixels {
            width: 12_000,
            height: 12_000,
            most: 25_000_000,
        };
        let (code, detail, message) = refused(AnalyseError::Picture(large).into());
        assert_eq!(code, ErrorCode::TooLarge);
        assert!(
            detail.contains("too_many_pixels") && message.contains("12000 x 12000"),
            "{detail} {message}"
        );
        let (code, detail, _) = refused(QualityFault::NoFace.into());
        assert_eq!(code, ErrorCode::BadArguments);
        assert!(detail.contains("no_face"), "{detail}");
        assert_eq!(refused(AnalyseError::Busy.into()).0, ErrorCode::Busy);
        assert_eq!(refused(AnalyseError::Timeout.into()).0, ErrorCode::Timeout);
    }
}
