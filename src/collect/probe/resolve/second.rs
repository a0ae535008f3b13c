//! Second opinions: the platform's name server, and the operating system with whatever it asks. Neither is waited for
//! long where there is an answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use dns_lookup::{AddrInfoHints, LookupError, LookupErrorKind, SockType, getaddrinfo};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::configuration::Configuration;
use super::servers::{self, Answers};
use super::told::Told;

/// How many lookups by the operating system run at once: each takes a thread, and cannot be called back.
const LOOKUPS: usize = 4;
/// How long the operating system is waited for where a name server has told the addresses.
const SYSTEM_GRACE: Duration = Duration::from_millis(50);
/// How long it is waited for where the name servers say that there is no such name.
const DENIED_GRACE: Duration = Duration::from_millis(500);
/// How long the platform's name server is waited for.
const PLATFORM_GRACE: Duration = Duration::from_millis(200);

/// Who gives second opinions in a run.
#[derive(Debug)]
pub(super) struct Advisers {
    lookups: Arc<Semaphore>,
}

impl Default for Advisers {
    fn default() -> Self {
        Self { lookups: Arc::new(Semaphore::new(LOOKUPS)) }
    }
}

/// What the operating system says: addresses, or a clause on why there are none.
pub(super) type Said = Result<Vec<IpAddr>, String>;

/// The opinions on one name, as far as they came in time.
#[derive(Debug, Default)]
pub(super) struct Opinions {
    /// What the operating system says: addresses, or its error.
    pub(super) system: Option<Said>,
    /// What the platform's name server says.
    pub(super) platform: Option<Told>,
}

/// Opinions under way. Dropping them ends them, but for a lookup by the operating system that has begun.
#[derive(Debug)]
pub(super) struct Asked {
    asking: JoinSet<Opinion>,
    system: bool,
    platform: bool,
}

#[derive(Debug)]
enum Opinion {
    System(Said),
    Platform(Answers),
}

impl Advisers {
    /// Begins to ask whoever may be asked for this name.
    pub(super) fn ask(&self, configuration: &Configuration, name: &str, end: Instant) -> Asked {
        let mut asking = JoinSet::new();
        let (system, platform) = (configuration.asks_system, configuration.platform);
        if system {
            let (lookups, name) = (Arc::clone(&self.lookups), name.to_owned());
            asking.spawn(async move { Opinion::System(look_up(lookups, name).await) });
        }
        if let Some(server) = platform {
            let (edns, name) = (configuration.edns, name.to_owned());
            asking.spawn(async move { Opinion::Platform(servers::ask(&[server], edns, &name, end).await) });
        }
        Asked { asking, system, platform: platform.is_some() }
    }
}

impl Asked {
    /// What they say, now that the name servers have spoken.
    pub(super) async fn opinions(mut self, own: &Answers, end: Instant) -> Opinions {
        let now = Instant::now();
        let denied = own.decisive().is_some_and(Told::denies);
        let system_until = match own.failure() {
            None => now + SYSTEM_GRACE,
            Some(_) if denied => now + DENIED_GRACE,
            Some(_) => end,
        };
        let mut opinions = Opinions::default();
        loop {
            let for_system = system_until.min(end);
            let for_platform = (now + PLATFORM_GRACE).min(end);
            let until = match (self.system, self.platform) {
                (true, true) => for_system.max(for_platform),
                (true, false) => for_system,
                (false, true) => for_platform,
                (false, false) => return opinions,
            };
            let Ok(Some(said)) = timeout_at(until, self.asking.join_next()).await else { return opinions };
            match said {
                Ok(Opinion::System(said)) => {
                    self.system = false;
                    opinions.system = Some(said);
                }
                Ok(Opinion::Platform(answers)) => {
                    self.platform = false;
                    opinions.platform = answers.told.into_iter().find(Told::is_conclusive);
                }
                Err(_) => return opinions,
            }
        }
    }
}

async fn look_up(lookups: Arc<Semaphore>, name: String) -> Said {
    let permit = lookups.acquire_owned().await.map_err(|error| error.to_string())?;
    let lookup = tokio::task::spawn_blocking(move || {
        // Held by the thread and not by who waits for it: who waits may have gone.
        let _permit = permit;
        let hints = AddrInfoHints { socktype: SockType::Stream.into(), ..AddrInfoHints::default() };
        let found = getaddrinfo(Some(&name), None, Some(hints)).map_err(|error| clause(&error))?;
        let mut addresses: Vec<IpAddr> = Vec::new();
        for address in found.flatten().map(|info| info.sockaddr.ip()) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Ok(addresses)
    });
    lookup.await.map_err(|error| error.to_string())?
}

/// What the operating system says of a lookup that failed, by its code where that tells something.
fn clause(error: &LookupError) -> String {
    let said = match error.kind() {
        LookupErrorKind::NoName => "it says that there is no such name, or no address of it".to_owned(),
        LookupErrorKind::NoData => "it says that the name has no address".to_owned(),
        LookupErrorKind::Again => "whom it asks fails, refuses or is silent, as it says, for now".to_owned(),
        LookupErrorKind::Fail => "whom it asks fails or refuses, as it says, for good".to_owned(),
        _ => error.to_string().escape_debug().to_string(),
    };
    format!("{said} (`getaddrinfo`: {})", error.error_num())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_such_name_is_told_from_no_answer() {
        let told = |name| {
            let hints = AddrInfoHints { socktype: SockType::Stream.into(), ..AddrInfoHints::default() };
            getaddrinfo(Some(name), None, Some(hints)).map(|_| ()).map_err(|error| clause(&error))
        };
        assert_eq!(told("127.0.0.1"), Ok(()));
        // No label is that long, so that nobody is asked.
        let error = told(&format!("{}.invalid", "x".repeat(64))).unwrap_err();
        assert!(error.contains("`getaddrinfo`: "), "{error}");
    }
}
