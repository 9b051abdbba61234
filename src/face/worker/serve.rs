//! The worker at work: reads questions, hands them to its threads, writes their answers as they come.
//!
//! A panic over a picture is that picture's fault and is answered; the thread goes on. The server asks for no more
//! than there are threads, so nothing queues here.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crossbeam_channel::{Receiver, bounded};

use super::dlib::{Eyes, micros};
use super::messages::Told;
use super::pipes::{Answers, Heard, Questions};
use super::{Task, picture};
use crate::face::fault::PictureFault;
use crate::face::{Analysis, Timings, models};

/// Loads the models and answers until the server closes the pipe.
pub(super) fn run(task: &Task) -> Result<(), String> {
    let lost = |err: io::Error| format!("the pipe to the server is lost: {err}");
    let mut questions = Questions::new().map_err(lost)?;
    let answers = Answers::new().map_err(lost)?;
    let eyes = match load(task) {
        Ok(eyes) => eyes,
        Err(why) => {
            answers.tell(&Told::Cannot(why.clone())).map_err(lost)?;
            return Err(why);
        }
    };
    // Said over the picture's type and size by its refusal; the panic's own text could quote it.
    std::panic::set_hook(Box::new(|_| {}));
    answers.tell(&Told::Ready).map_err(lost)?;
    let (give, take) = bounded::<Heard>(task.threads);
    std::thread::scope(|scope| {
        for number in 0..task.threads {
            let (eyes, tell, take, most) = (eyes.clone(), &answers, take.clone(), task.pixels);
            std::thread::Builder::new()
                .name(format!("face-{number}"))
                .spawn_scoped(scope, move || answer(&eyes, most, tell, &take))
                .map_err(lost)?;
        }
        drop(take);
        while let Some(heard) = questions.next().map_err(lost)? {
            if give.send(heard).is_err() {
                break;
            }
        }
        // The server has gone: what is being looked at interests nobody any more.
        std::process::exit(0)
    })
}

fn load(task: &Task) -> Result<Eyes, String> {
    models::check(&task.models).map_err(|err| err.to_string())?;
    let eyes = Eyes::open(&task.models)?;
    super::bounds::close_doors();
    Ok(eyes)
}

fn answer(eyes: &Eyes, most: u32, tell: &Answers, take: &Receiver<Heard>) {
    for heard in take {
        let id = heard.id;
        let looked = catch_unwind(AssertUnwindSafe(|| look(eyes, most, &heard.picture)));
        let told = match looked {
            Ok(Ok(analysis)) => Told::Found {
                id,
                found: analysis.into(),
            },
            Ok(Err(fault)) => Told::Refused { id, fault },
            Err(_) => Told::Refused {
                id,
                fault: PictureFault::Unreadable,
            },
        };
        if tell.tell(&told).is_err() {
            std::process::exit(0);
        }
    }
}

fn look(eyes: &Eyes, most: u32, bytes: &[u8]) -> Result<Analysis, PictureFault> {
    let mut timings = Timings::default();
    let began = Instant::now();
    let picture = picture::read(bytes, most)?;
    timings.decode = micros(began);
    let faces = eyes.look(&picture, &mut timings)?;
    Ok(Analysis {
        width: picture.width(),
        height: picture.height(),
        faces,
        timings,
    })
}
