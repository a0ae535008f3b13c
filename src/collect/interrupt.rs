//! Ctrl-C, heard at any time: while something runs and while nothing does.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Whether the user has interrupted, from the moment this was made.
#[derive(Debug)]
pub struct Interrupt(Arc<(Mutex<bool>, Condvar)>);

impl Interrupt {
    /// Begins to listen, in a thread that ends with the process.
    pub fn listen() -> io::Result<Self> {
        let heard = Arc::new((Mutex::new(false), Condvar::new()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let told = Arc::clone(&heard);
        let (ready, listening) = std::sync::mpsc::channel();
        thread::Builder::new().name("interrupt".into()).spawn(move || {
            runtime.block_on(async {
                let mut signal = std::pin::pin!(tokio::signal::ctrl_c());
                // Polled once, it listens.
                let first = std::future::poll_fn(|context| {
                    std::task::Poll::Ready(Future::poll(signal.as_mut(), context).is_ready())
                });
                let at_once = first.await;
                let _ = ready.send(());
                if at_once || signal.await.is_ok() {
                    let (heard, waiting) = &*told;
                    *heard.lock().unwrap_or_else(PoisonError::into_inner) = true;
                    waiting.notify_all();
                }
            });
        })?;
        // A thread that is gone has nothing to say: then nobody listens, and nothing else changes.
        let _ = listening.recv();
        Ok(Self(heard))
    }

    /// Waits so long, or until an interrupt: whether there was one.
    #[must_use]
    pub fn within(&self, time: Duration) -> bool {
        let (heard, waiting) = &*self.0;
        let heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = waiting.wait_timeout_while(heard, time, |heard| !*heard);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
