//! Sweeps over several places.

use async_trait::async_trait;
use hosk_store::Memory;

use super::*;
use crate::contents::Writing;

/// A place that takes nothing and removes nothing.
struct Broken;

fn broken<T>() -> Result<T, Error> {
    Err(Error::Unavailable("it is away".to_owned()))
}

#[async_trait]
impl Contents for Broken {
    fn id(&self) -> &'static str {
        "away"
    }

    async fn write(&self, _: &Arc<str>) -> Result<Box<dyn Writing>, Error> {
        broken()
    }

    async fn read(&self, _: &Arc<str>, _: u64) -> Result<Bytestream, Error> {
        broken()
    }

    async fn remove(&self, _: &Arc<str>) -> Result<(), Error> {
        broken()
    }
}

#[tokio::test]
async fn a_place_that_fails_holds_up_no_other() {
    let store: Arc<dyn DocumentStore> = Arc::new(Memory::default());
    let documents =
        Documents::new(Arc::clone(&store), Limits::default(), &[7; 32]).with_place(Arc::new(Broken));
    let now = Timestamp(1_000);
    assert!(documents.begin(None, None, now).await.is_err(), "new ones go to the place that fails");
    documents.begin(Some(Embedded::ID), None, now).await.unwrap().abandon().await;

    let later = Timestamp(1_000 + 3 * 60 * 60 * 1_000);
    let swept = documents.sweep(later).await;
    assert!(matches!(swept, Err(Error::Unavailable(_))), "{swept:?}");
    let doomed = async |place: &str| store.doomed_contents(place.into(), later, 9).await.unwrap().len();
    assert_eq!((doomed(Embedded::ID).await, doomed("away").await), (0, 1), "what failed is tried again");
}
