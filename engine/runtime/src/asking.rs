//! Who asks, and from where: known to the task that serves a request, and written down with what it asks for.

use std::sync::Arc;

use hosk_core::Command;

tokio::task_local! {
    static ASKER: Asker;
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// His name; `None` when nobody has to say.
    pub by: Option<Arc<str>>,
    /// The address he asks from.
    pub from: Option<Arc<str>>,
}

/// Does something for somebody: the engine notes who asked for what is asked of it meanwhile.
pub async fn asking<T>(asker: Asker, work: impl Future<Output = T>) -> T {
    ASKER.scope(asker, work).await
}

/// A command with who asks for it; who is named goes before who is known.
pub(crate) fn asked(command: Command, by: Option<Arc<str>>) -> Command {
    let Asker { by: known, from } = ASKER.try_with(Asker::clone).unwrap_or_default();
    Command::Asked { by: by.or(known), batch: None, from, command: Box::new(command) }
}
