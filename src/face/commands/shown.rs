//! Pictures that a command names: taken off the shelf, looked at several at a time, each judged.
//!
//! No command of its own. Says of each picture that cannot be used why not.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use serde::Serialize;

use super::refusal::FrameFault;
use crate::command::Caller;
use crate::error::Error;
use crate::face::analyser::AnalyseError;
use crate::face::quality::{self, QualityFault};
use crate::face::shelf::Picture;
use crate::face::vault::{NewTemplate, Seen};
use crate::face::{Analysis, Face};
use crate::house::House;
use crate::wire::ErrorCode;

/// Pictures of one call that are looked at at once: others want the worker too.
const AT_ONCE: usize = 2;

/// What a program needs: the first word, and what is wrong with which picture.
#[derive(Serialize)]
struct Detail<'a> {
    reason: &'static str,
    pictures: &'a [FrameFault],
}

/// The faces of pictures of the caller, in their order, with the ids of the pictures.
pub(super) async fn faces(caller: &Caller, house: &House, ids: &[String]) -> Result<Vec<(String, NewTemplate)>, Error> {
    let now = house.clock.now();
    let taken = house.faces.shelf().take(&caller.standing.album, ids, now)?;
    let (analyser, sender) = (house.faces.analyser(), &Arc::from(caller.standing.who()));
    let analysed: Vec<(Picture, Result<Analysis, AnalyseError>)> = stream::iter(taken)
        .map(|picture| async move {
            let analysis = analyser.analyse_of(sender, picture.data.clone()).await;
            (picture, analysis)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let (mut found, mut faults) = (Vec::with_capacity(analysed.len()), Vec::new());
    for (picture, analysis) in analysed {
        match analysis {
            Ok(analysis) => match template(&analysis) {
                Ok(new) => found.push((picture.id.to_string(), new)),
                Err(fault) => faults.push(FrameFault::new(&picture.id, fault.reason(), &fault.to_string())),
            },
            Err(AnalyseError::Picture(fault)) => {
                faults.push(FrameFault::new(&picture.id, fault.reason(), &fault.to_string()));
            }
            Err(err) => return Err(err.into()),
        }
    }
    if faults.is_empty() {
        return Ok(found);
    }
    Err(unusable(faults, ids.len()))
}

fn unusable(faults: Vec<FrameFault>, all: usize) -> Error {
    let (reason, first) = faults
        .first()
        .map_or(("unusable", ""), |fault| (fault.reason, &fault.message));
    let message = format!("{} of {all} pictures cannot be used: {first}", faults.len());
    refused(reason, message, &faults)
}

fn refused(reason: &'static str, message: impl Into<String>, pictures: &[FrameFault]) -> Error {
    Error::new(ErrorCode::BadArguments, message).detail(&Detail { reason, pictures })
}

fn template(analysis: &Analysis) -> Result<NewTemplate, QualityFault> {
    let face = quality::judge(analysis)?;
    Ok(NewTemplate {
        embedding: face.embedding.clone().ok_or(QualityFault::NoFace)?,
        seen: seen(face),
    })
}

fn seen(face: &Face) -> Seen {
    Seen {
        sharpness: face.sharpness,
        brightness: face.brightness,
        face_pixels: face.area.right.saturating_sub(face.area.left),
    }
}

/// All of them are one person's, those that are kept already too.
pub(super) fn are_alike(new: &[(String, NewTemplate)], kept: &[crate::face::Embedding]) -> Result<(), Error> {
    let all = new.iter().map(|(_, new)| &new.embedding).chain(kept);
    let all: Vec<crate::face::Embedding> = all.cloned().collect();
    let Err(fault) = quality::alike(&all) else {
        return Ok(());
    };
    let mut faults = Vec::new();
    if let QualityFault::NotAlike(one, two) = fault {
        let named = [one, two].into_iter().filter_map(|place| new.get(place));
        faults.extend(named.map(|(id, _)| FrameFault::new(id, fault.reason(), &fault.to_string())));
    }
    let message = if faults.len() == 1 {
        "the pictures are not alike to what is kept of this person".to_owned()
    } else {
        format!("the pictures are not of one person, or too different: {fault}")
    };
    Err(refused(fault.reason(), message, &faults))
}
