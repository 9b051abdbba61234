//! Commands of files: what there is, names, ends, what operators send. Contents travel on datasocks and over HTTP.

mod abortupload;
mod fileoffers;
mod files;
mod filestat;
mod refusefile;
mod removefile;
mod renamefile;
mod sendfile;
mod takenfile;
mod uploads;

use crate::command::Caller;
use crate::command::table::Table;
use crate::error::Error;
use crate::house::House;
use crate::registry::actor::Whom;

use super::Asker;
use super::store::Offer;
use super::view::OfferView;

/// Adds them to the table.
pub(crate) fn add_to(table: Table) -> Table {
    table
        .with::<files::ListFiles>()
        .with::<filestat::FileStat>()
        .with::<renamefile::RenameFile>()
        .with::<removefile::RemoveFile>()
        .with::<uploads::Uploads>()
        .with::<abortupload::AbortUpload>()
        .with::<sendfile::SendFile>()
        .with::<fileoffers::FileOffers>()
        .with::<takenfile::TakenFile>()
        .with::<refusefile::RefuseFile>()
}

fn asker(caller: &Caller) -> Result<Asker, Error> {
    Ok(Asker::of(&caller.standing)?)
}

/// Who sent it hears what became of it.
async fn tell_sender(house: &House, offer: &Offer) {
    let whom = Whom::Who(offer.made_by.clone());
    let view = OfferView::from(offer);
    house.events.mention(&house.registry, whom, "file_offer", &view).await;
}
