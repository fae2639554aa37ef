//! The host as operations see it: that of the component, or that of a test.

use std::cell::RefCell;
use std::rc::Rc;

use crate::Failure;

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Every step.
    Trace,
    /// For the author.
    Debug,
    /// For the operator.
    Info,
    /// Something is not as it should be.
    Warn,
    /// Something went wrong.
    Error,
}

/// Where the host puts a secret; texts are templates that name secrets as `{{secrets.NAME}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    Header(String, String),
    Query(String, String),
    Basic(String, String),
    Body(String, String),
}

/// A request with its whole body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) credentials: Vec<Credential>,
    pub(crate) timeout_ms: Option<u32>,
}

/// An answer of any status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What stands behind the imports.
pub(crate) trait Host {
    fn log(&self, level: Level, message: &str);
    fn settings(&self) -> String;
    fn secrets(&self) -> Vec<String>;
    fn send(&self, request: Request) -> Result<Answer, Failure>;
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<dyn Host>>> = const { RefCell::new(None) };
}

/// The host that answers on this thread.
pub(crate) fn current() -> Rc<dyn Host> {
    let replaced = CURRENT.with(|current| current.borrow().clone());
    replaced.unwrap_or_else(|| Rc::new(crate::glue::Component))
}

/// Runs something with another host.
pub(crate) fn with<T>(host: Rc<dyn Host>, work: impl FnOnce() -> T) -> T {
    struct Back(Option<Rc<dyn Host>>);
    impl Drop for Back {
        fn drop(&mut self) {
            let before = self.0.take();
            CURRENT.with(|current| *current.borrow_mut() = before);
        }
    }
    let _back = Back(CURRENT.with(|current| current.borrow_mut().replace(host)));
    work()
}
