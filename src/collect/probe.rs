//! Live probes: every target at once on one thread, five phases each, one deadline each.
//!
//! From outside this is one synchronous call, [`run`]; the asynchronous runtime lives behind it and nowhere else. Each
//! phase is a file, and knows nothing of the others:
//!
//! | file | phase |
//! |---|---|
//! | `resolve` | name to addresses, by queries of its own |
//! | `connect` | TCP, by attempts that overlap; `icmp` tells which message of the network ended one |
//! | `tunnel` | CONNECT through an HTTP proxy |
//! | `tls` | the handshake, and what the certificate is worth |
//! | `request` | one request, and the head of its answer |
//!
//! `conversation` puts them in a row for one target. Nothing is sent but what the check needs.

mod attempt;
mod connect;
mod conversation;
mod descriptors;
pub(super) mod http;
mod icmp;
mod request;
mod resolve;
pub(super) mod stream;
mod tls;
pub(super) mod tunnel;
mod workshop;

use std::io;
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use crate::probe::{Limits, Observation, Target};
use workshop::Workshop;

/// Probing that could not begin.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// The operating system gives no event queue.
    #[error("cannot start probing: {0}")]
    Runtime(#[from] io::Error),
}

/// Probes every target, and says of each what came of it, in the order of `targets`.
///
/// `seen` hears of each observation as it is made: of provisional ones, which a final one follows, and of final ones. No
/// target takes longer than [`Limits::timeout`]. An interrupt (Ctrl-C) ends the run at once: what is not decided by then
/// is undecided, and says so.
pub fn run(
    targets: &[Target],
    limits: &Limits,
    seen: &mut dyn FnMut(&Observation),
) -> Result<Vec<Observation>, ProbeError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let observations = runtime.block_on(probe_all(targets, limits, seen));
    // A lookup by the operating system may still hang in a thread of its own; nobody waits for it.
    runtime.shutdown_background();
    Ok(observations)
}

async fn probe_all(
    targets: &[Target],
    limits: &Limits,
    seen: &mut dyn FnMut(&Observation),
) -> Vec<Observation> {
    let (tell, told) = unbounded_channel();
    let workshop = Arc::new(Workshop::new(targets, limits, tell));
    let mut running = JoinSet::new();
    for place in 0..targets.len() {
        running.spawn(one(place, Arc::clone(&workshop)));
    }
    let mut observations: Vec<Option<Observation>> = vec![None; targets.len()];
    gather(&mut running, &workshop, told, |observation| {
        seen(&observation);
        if let Some(slot) = observations.get_mut(observation.target).filter(|_| !observation.provisional) {
            *slot = Some(observation);
        }
    })
    .await;
    let unfinished = |(place, observation): (usize, Option<Observation>)| {
        observation.unwrap_or_else(|| Observation::begun(place).interrupted())
    };
    observations.into_iter().enumerate().map(unfinished).collect()
}

/// Hands over observations as they come, until all tasks are done or the user interrupts.
async fn gather(
    running: &mut JoinSet<Observation>,
    workshop: &Workshop,
    mut told: UnboundedReceiver<Observation>,
    mut take: impl FnMut(Observation),
) {
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    let mut listening = true;
    loop {
        tokio::select! {
            biased;
            // Where interrupts cannot be heard there is nothing to do about it.
            heard = &mut interrupt, if listening => match heard {
                // Every task ends now, and tells what it knows.
                Ok(()) => {
                    workshop.stop();
                    listening = false;
                }
                Err(_) => listening = false,
            },
            Some(provisional) = told.recv() => take(provisional),
            finished = running.join_next() => match finished {
                Some(Ok(observation)) => take(observation),
                // A task that panicked is a bug, and must not pass for silence of the network.
                Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Some(Err(_)) => {}
                None => return,
            },
        }
    }
}

async fn one(place: usize, workshop: Arc<Workshop>) -> Observation {
    let Some(target) = workshop.target(place) else {
        return Observation::begun(place);
    };
    let turn = tokio::select! {
        biased;
        turn = workshop.turn() => turn,
        () = workshop.stopped() => return Observation::begun(place).interrupted(),
    };
    conversation::converse(place, target, &workshop, turn.deadline).await
}
