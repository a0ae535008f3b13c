//! The resolve phase: a name to addresses, by queries of our own, so that every way in which that fails has its name.
//!
//! | file | |
//! |---|---|
//! | `configuration`, `hosts` | whom this host asks, and what it knows by itself |
//! | `message` | one question and its answer, as bytes |
//! | `exchange`, `schedule`, `tcp` | a few questions put to one server: when, how often, over what |
//! | `told` | what came of it |
//! | `servers` | one server after the other |
//! | `second` | the platform's name server and the operating system, for comparison |
//! | `notes` | what is odd about the answers |

mod configuration;
mod exchange;
mod hosts;
mod message;
mod notes;
mod schedule;
mod second;
mod servers;
mod tcp;
mod told;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, sleep, timeout_at};

use self::configuration::Configuration;
use self::exchange::{Heard, Transports};
use self::message::Question;
use self::second::{Advisers, Opinions};
use self::servers::Answers;
use super::descriptors;
use crate::probe::{Failure, FailureKind, Limits, Phase, Resolution, ResolvedBy};

/// How many names are asked for at once at most, however many descriptors there are.
const NAMES: usize = 2048;
/// How long a server that failed has before it is asked once more, as C libraries do.
const PAUSE: Duration = Duration::from_millis(100);

/// Name resolution for all targets of a run: a name of many targets is asked for once.
pub(super) struct Resolver {
    limits: Limits,
    configuration: OnceLock<Configuration>,
    names: Mutex<HashMap<String, Arc<Asked>>>,
    turns: Semaphore,
    advisers: Advisers,
}

/// A name that is asked for, or was.
#[derive(Debug, Default)]
struct Asked {
    /// Whether it had its turn.
    begun: AtomicBool,
    found: OnceCell<Found>,
}

/// What came of a name.
#[derive(Debug)]
struct Found {
    resolved: Resolved,
    /// Where it was for want of time that nothing came: the deadline up to which that holds.
    until: Option<Instant>,
}

/// What a name resolved to.
#[derive(Debug, Clone, Default)]
pub(super) struct Resolved {
    /// Its addresses, IPv6 first, each family as the server gave it.
    pub(super) addresses: Vec<IpAddr>,
    /// How.
    pub(super) resolution: Resolution,
    /// Why there are none; `None` where there are.
    pub(super) failure: Option<Failure>,
    /// How long that took, second opinions left aside.
    pub(super) took: Duration,
}

impl Resolver {
    /// By these limits. The configuration of the host is read when the first name is asked for.
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            configuration: OnceLock::new(),
            names: Mutex::default(),
            // A name takes a socket, and one more for a second opinion or over TCP.
            turns: Semaphore::new((descriptors::available() / 4).clamp(1, NAMES)),
            advisers: Advisers::default(),
        }
    }

    /// The addresses of a name, a little before the deadline at the latest.
    pub(super) async fn resolve(&self, name: &str, deadline: Instant) -> Resolved {
        let begun = Instant::now();
        let mut asked = self.asked(name, None);
        loop {
            let finding = asked.found.get_or_init(|| self.find(name, &asked.begun, deadline));
            let Ok(found) = timeout_at(deadline, finding).await else {
                // Whoever waits for another's question with more time than it has itself.
                return out_of_time(name, &asked.begun, begun);
            };
            if found.until.is_none_or(|until| deadline <= until) {
                return found.resolved.clone();
            }
            asked = self.asked(name, Some(&asked));
        }
    }

    /// The name as it is asked for, begun anew where that is what is known already.
    fn asked(&self, name: &str, known: Option<&Arc<Asked>>) -> Arc<Asked> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = names.entry(name.to_owned()).or_default();
        if known.is_some_and(|known| Arc::ptr_eq(known, asked)) {
            *asked = Arc::default();
        }
        Arc::clone(asked)
    }

    /// Whether anything that speaks DNS answers at this address, over UDP: one question, and any answer to it.
    pub(super) async fn knock(&self, server: SocketAddr, deadline: Instant) -> Result<(), Failure> {
        let heard = exchange::ask(server, &[Question::root()], Transports::Udp, early(deadline)).await;
        if heard.replies.iter().any(Option::is_some) { Ok(()) } else { Err(unheard(server, &heard)) }
    }

    async fn find(&self, name: &str, has_turn: &AtomicBool, deadline: Instant) -> Found {
        let begun = Instant::now();
        let configuration = self.configuration.get_or_init(|| Configuration::new(&self.limits));
        let known = configuration.hosts.addresses(name);
        if !known.is_empty() {
            let notes = notes::about_hosts(name, known);
            let resolution = Resolution { by: ResolvedBy::HostsFile, notes, ..Resolution::default() };
            let resolved =
                Resolved { addresses: known.to_vec(), resolution, failure: None, took: begun.elapsed() };
            return Found { resolved, until: None };
        }
        let end = early(deadline);
        let Ok(_turn) = timeout_at(end, self.turns.acquire()).await else {
            return Found { resolved: out_of_time(name, has_turn, begun), until: Some(deadline) };
        };
        has_turn.store(true, Ordering::Relaxed);
        let window = end.saturating_duration_since(Instant::now());
        let asked = self.advisers.ask(configuration, name, end);
        let own = ask_as_configured(configuration, name, end).await;
        let took = begun.elapsed();
        let opinions = asked.opinions(&own, end).await;
        let resolved = Resolved { took, ..resolved(configuration, name, &own, opinions) };
        let silent =
            resolved.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::ResolveTimeout);
        let until = (silent && window < self.limits.timeout / 4 * 3).then_some(deadline);
        Found { resolved, until }
    }
}

/// A little before the deadline, so that the verdict on silence comes before whoever waits for it gives up.
fn early(deadline: Instant) -> Instant {
    let left = deadline.saturating_duration_since(Instant::now());
    deadline.checked_sub(left / 64).unwrap_or(deadline)
}

/// The name and, where there is no such name, the name with each search domain.
async fn ask_as_configured(configuration: &Configuration, name: &str, end: Instant) -> Answers {
    let mut as_it_is = None;
    let mut last = None;
    for candidate in configuration.candidates(name) {
        let answers = ask_twice(configuration, &candidate, end).await;
        let Some(failure) = answers.failure() else { return answers };
        let goes_on = matches!(
            failure.kind,
            FailureKind::NxDomain | FailureKind::NoData | FailureKind::ServFail | FailureKind::DnsRefused
        );
        if !goes_on {
            return answers;
        }
        *if candidate == name { &mut as_it_is } else { &mut last } = Some(answers);
    }
    as_it_is.or(last).unwrap_or_default()
}

/// Asks again where all servers failed: that often passes.
async fn ask_twice(configuration: &Configuration, name: &str, end: Instant) -> Answers {
    let answers = servers::ask(&configuration.servers, configuration.edns, name, end).await;
    let failed = answers.failure().is_some_and(|failure| failure.kind == FailureKind::ServFail);
    if !failed || Instant::now() + PAUSE * 2 > end {
        return answers;
    }
    sleep(PAUSE).await;
    servers::ask(&configuration.servers, configuration.edns, name, end).await
}

/// All that was heard, put together.
fn resolved(configuration: &Configuration, name: &str, own: &Answers, opinions: Opinions) -> Resolved {
    let mut resolution = Resolution {
        by: ResolvedBy::NameServer,
        chain: own.decisive().map(|told| told.chain.clone()).unwrap_or_default(),
        servers: own.told.iter().map(|told| told.said.clone()).collect(),
        notes: configuration.trouble.iter().cloned().collect(),
    };
    resolution.notes.extend(notes::about(name, own));
    if let Some(platform) = opinions.platform {
        resolution.notes.extend(notes::about_platform(own, &platform));
        resolution.servers.push(platform.said);
    }
    resolution.notes.extend(opinions.system.as_ref().and_then(|system| notes::about_system(own, system)));
    let Some(failure) = own.failure() else {
        let addresses = own.decisive().and_then(|told| told.said.answer.clone().ok()).unwrap_or_default();
        return Resolved { addresses, resolution, ..Resolved::default() };
    };
    match opinions.system {
        Some(Ok(addresses)) if !addresses.is_empty() => {
            resolution.by = ResolvedBy::OperatingSystem;
            resolution.notes.push(format!(
                "only the operating system resolves it, by other means than its name servers: {}",
                failure.detail
            ));
            Resolved { addresses, resolution, ..Resolved::default() }
        }
        _ => Resolved { resolution, failure: Some(failure), ..Resolved::default() },
    }
}

/// What there is to say when the time is up: of a name that nobody was asked for, nothing about the network.
fn out_of_time(name: &str, has_turn: &AtomicBool, begun: Instant) -> Resolved {
    let failure = if has_turn.load(Ordering::Relaxed) {
        let detail = format!("`{name}` was not resolved in time");
        Failure::new(Phase::Resolve, FailureKind::ResolveTimeout, detail)
    } else {
        let detail = format!(
            "no name server was asked for `{name}`: this program may ask for so many names at once, and others took all the \
             time"
        );
        Failure::new(Phase::Resolve, FailureKind::LocalError, detail)
    };
    Resolved { failure: Some(failure), took: begun.elapsed(), ..Resolved::default() }
}

/// Why nothing at this address speaks DNS.
fn unheard(server: SocketAddr, heard: &Heard) -> Failure {
    if let Some(error) = &heard.udp {
        let kind = match error.kind() {
            std::io::ErrorKind::ConnectionRefused | std::io::ErrorKind::ConnectionReset => {
                FailureKind::Refused
            }
            _ if told::says_no_way(error) => FailureKind::Unreachable,
            _ => FailureKind::LocalError,
        };
        return Failure::new(Phase::Connect, kind, format!("{server} over UDP: {}", told::clause(error)));
    }
    if let Some(misfit) = heard.misfit {
        let detail = format!("{server} over UDP: {}", misfit.clause());
        return Failure::new(Phase::Request, FailureKind::UnexpectedAnswer, detail);
    }
    let detail = format!("{server} did not answer over UDP within {} ms", heard.took.as_millis());
    Failure::new(Phase::Connect, FailureKind::TimedOut, detail)
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use hickory_resolver::proto::op::{Message, ResponseCode};
    use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME};
    use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

    use super::*;
    use crate::collect::probe::resolve::hosts::Hosts;

    /// A name server over UDP that answers by this function for as long as the test runs; `None` is silence.
    fn server(answer: impl Fn(&str, RecordType, &mut Message) -> bool + Send + 'static) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        std::thread::spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let query = Message::from_vec(&buffer[..length]).unwrap();
                let asked = query.queries[0].clone();
                let mut response = query.into_response();
                response.metadata.recursion_available = true;
                if answer(&asked.name().to_ascii(), asked.query_type(), &mut response) {
                    socket.send_to(&response.to_vec().unwrap(), from).unwrap();
                }
            }
        });
        address
    }

    /// One that has this address for every name.
    fn giving(address: &'static str) -> SocketAddr {
        server(move |name, kind, response| {
            give(response, name, kind, address);
            true
        })
    }

    fn failing(code: ResponseCode) -> SocketAddr {
        server(move |_, _, response| {
            response.metadata.response_code = code;
            true
        })
    }

    fn silent() -> SocketAddr {
        server(|_, _, _| false)
    }

    /// A port where nothing listens.
    fn closed() -> SocketAddr {
        UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }

    fn give(response: &mut Message, name: &str, kind: RecordType, address: &str) {
        let data = match (address.parse().unwrap(), kind) {
            (IpAddr::V4(address), RecordType::A) => RData::A(A(address)),
            (IpAddr::V6(address), RecordType::AAAA) => RData::AAAA(AAAA(address)),
            _ => return,
        };
        response.add_answer(Record::from_rdata(Name::from_ascii(name).unwrap(), 60, data));
    }

    fn alias(response: &mut Message, from: &str, to: &str) {
        let data = RData::CNAME(CNAME(Name::from_ascii(to).unwrap()));
        response.add_answer(Record::from_rdata(Name::from_ascii(from).unwrap(), 60, data));
    }

    fn asking(servers: &[SocketAddr]) -> Configuration {
        Configuration { servers: servers.to_vec(), ..Configuration::alone(servers[0]) }
    }

    fn resolve_with(configuration: Configuration, name: &str) -> Resolved {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let resolver = Resolver::new(&Limits::default());
        resolver.configuration.set(configuration).unwrap();
        runtime.block_on(async { resolver.resolve(name, Instant::now() + Duration::from_millis(1500)).await })
    }

    fn shown(resolved: &Resolved) -> Vec<String> {
        resolved.addresses.iter().map(ToString::to_string).collect()
    }

    const REFUSED: FailureKind =
        if cfg!(windows) { FailureKind::ResolveTimeout } else { FailureKind::DnsUnreachable };

    #[test]
    fn the_next_server_is_asked_where_one_fails_and_not_where_one_answers() {
        for (first, kind) in [
            (failing(ResponseCode::ServFail), FailureKind::ServFail),
            (failing(ResponseCode::Refused), FailureKind::DnsRefused),
            (silent(), FailureKind::ResolveTimeout),
            // Of a port where nothing listens Wine says nothing.
            (if cfg!(windows) { silent() } else { closed() }, REFUSED),
        ] {
            let resolved = resolve_with(asking(&[first, giving("20.60.1.1")]), "acct.example");
            assert_eq!(shown(&resolved), ["20.60.1.1"], "{resolved:?}");
            let [one, two] = resolved.resolution.servers.as_slice() else { panic!("{resolved:?}") };
            assert_eq!(one.answer.as_ref().unwrap_err().kind, kind);
            assert!(two.answer.is_ok());
            let noted =
                resolved.resolution.notes.iter().any(|note| note.contains("wait for it before the next"));
            assert_eq!(noted, kind == FailureKind::ResolveTimeout, "{resolved:?}");
        }
        let denied =
            resolve_with(asking(&[failing(ResponseCode::NXDomain), giving("20.60.1.1")]), "acct.example");
        assert_eq!(denied.failure.unwrap().kind, FailureKind::NxDomain);
        assert_eq!(denied.resolution.servers.len(), 1);
    }

    #[test]
    fn what_a_server_says_weighs_more_than_the_silence_of_another() {
        let configuration =
            asking(&[silent(), failing(ResponseCode::Refused), failing(ResponseCode::ServFail)]);
        let resolved = resolve_with(configuration, "acct.example");
        assert_eq!(resolved.failure.unwrap().kind, FailureKind::ServFail);
        let kinds: Vec<_> =
            resolved.resolution.servers.iter().map(|said| said.answer.as_ref().unwrap_err().kind).collect();
        assert_eq!(kinds, [FailureKind::ResolveTimeout, FailureKind::DnsRefused, FailureKind::ServFail]);
    }

    #[test]
    fn a_server_that_failed_once_is_asked_again() {
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let moody = server(move |name, kind, response| {
            if asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 2 {
                response.metadata.response_code = ResponseCode::ServFail;
            }
            give(response, name, kind, "20.60.1.1");
            true
        });
        assert_eq!(shown(&resolve_with(asking(&[moody]), "acct.example")), ["20.60.1.1"]);
    }

    #[test]
    fn search_domains_find_names_with_too_few_dots() {
        let known = server(|name, kind, response| {
            if name == "vault.corp.example." {
                give(response, name, kind, "10.0.0.5");
            } else {
                response.metadata.response_code = ResponseCode::NXDomain;
            }
            true
        });
        let search = vec!["none.example".to_owned(), "corp.example".to_owned()];
        let configuration = Configuration { search, ..asking(&[known]) };
        let resolved = resolve_with(configuration.clone(), "vault");
        assert_eq!(shown(&resolved), ["10.0.0.5"]);
        assert!(resolved.resolution.notes[0].contains("`vault.corp.example`"), "{resolved:?}");
        let unknown = resolve_with(configuration, "other").failure.unwrap();
        assert!(unknown.detail.starts_with("`other` does not exist"), "{}", unknown.detail);
    }

    #[test]
    fn the_hosts_file_comes_first() {
        let hosts = Hosts::read("10.1.2.3 acct.blob.core.windows.net");
        let configuration = Configuration { hosts, ..asking(&[silent()]) };
        let resolved = resolve_with(configuration, "acct.blob.core.windows.net");
        assert_eq!(
            (shown(&resolved), resolved.resolution.by),
            (vec!["10.1.2.3".into()], ResolvedBy::HostsFile)
        );
        assert!(resolved.resolution.servers.is_empty() && resolved.resolution.notes.len() == 1);
    }

    #[test]
    fn the_platforms_answer_is_compared_and_never_used() {
        let compared = |own, platform| {
            let resolved =
                resolve_with(Configuration { platform: Some(platform), ..asking(&[own]) }, "a.example");
            (shown(&resolved), resolved.resolution.notes.join("; "), resolved.resolution.servers.len())
        };
        let (public, private) = (giving("20.60.1.1"), giving("10.0.0.5"));
        let (addresses, notes, servers) = compared(public, private);
        assert_eq!((addresses, servers), (vec!["20.60.1.1".to_owned()], 2));
        assert!(notes.contains("private zones of this network are not seen"), "{notes}");
        assert_eq!(compared(public, giving("20.60.1.1")).1, "");
        assert!(compared(private, public).1.contains("known to the configured name server alone"));
        assert!(compared(public, failing(ResponseCode::NXDomain)).1.contains("does not exist"));
        let (addresses, notes, _) = compared(failing(ResponseCode::NXDomain), private);
        assert!(addresses.is_empty() && notes.contains("does not ask it"), "{notes}");
        let silent =
            resolve_with(Configuration { platform: Some(silent()), ..asking(&[public]) }, "a.example");
        assert_eq!(silent.resolution.servers.len(), 1);
        assert!(silent.took <= silent.resolution.servers[0].took + Duration::from_millis(150), "{silent:?}");
    }

    #[test]
    fn aliases_are_kept_in_order_and_private_endpoints_noticed() {
        let linked = |end: Option<&'static str>| {
            server(move |name, kind, response| {
                let steps = ["Acct.PrivateLink.blob.core.windows.net.", "blob.sez01.store.core.windows.net."];
                alias(response, name, steps[0]);
                match end {
                    Some(address) if address.starts_with("10.") => give(response, steps[0], kind, address),
                    Some(address) => {
                        alias(response, steps[0], steps[1]);
                        give(response, steps[1], kind, address);
                    }
                    None => response.metadata.response_code = ResponseCode::NXDomain,
                }
                true
            })
        };
        let resolve = |end| resolve_with(asking(&[linked(end)]), "acct.blob.core.windows.net");
        let private = resolve(Some("10.0.0.5"));
        assert_eq!(private.resolution.chain, ["acct.privatelink.blob.core.windows.net"]);
        assert!(private.resolution.is_private_link() && private.resolution.notes.is_empty(), "{private:?}");
        let public = resolve(Some("20.60.1.1"));
        assert_eq!(public.resolution.chain.len(), 2);
        assert!(public.resolution.notes[0].contains("is not linked to this network"), "{public:?}");
        let missing = resolve(None);
        assert_eq!(missing.failure.unwrap().kind, FailureKind::NxDomain);
        assert!(missing.resolution.notes[0].contains("has no record of it"));
    }

    #[test]
    fn a_name_of_many_targets_is_asked_for_once() {
        let counted = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = Arc::clone(&counted);
        let counting = server(move |name, kind, response| {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            give(response, name, kind, "20.60.1.1");
            true
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let resolver = Resolver::new(&Limits { dns: Some(counting), ..Limits::default() });
        runtime.block_on(async {
            let deadline = Instant::now() + Duration::from_secs(2);
            let ask = || resolver.resolve("acct.example", deadline);
            let (one, two, three) = tokio::join!(ask(), ask(), ask());
            assert_eq!((shown(&one), shown(&two)), (shown(&two), shown(&three)));
        });
        assert_eq!(counted.load(std::sync::atomic::Ordering::Relaxed), 2, "one question a family");
    }

    #[test]
    fn what_nobody_was_asked_says_nothing_of_the_network_and_is_asked_again() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let resolver = Resolver::new(&Limits::default());
        resolver.configuration.set(asking(&[giving("20.60.1.1")])).unwrap();
        runtime.block_on(async {
            let all = u32::try_from(resolver.turns.available_permits()).unwrap();
            let taken = resolver.turns.acquire_many(all).await.unwrap();
            let soon = Instant::now() + Duration::from_millis(100);
            let ask = || resolver.resolve("acct.example", soon);
            let (one, two) = tokio::join!(ask(), ask());
            drop(taken);
            for resolved in [one, two] {
                let failure = resolved.failure.unwrap();
                assert_eq!(failure.kind, FailureKind::LocalError);
                assert!(
                    failure.detail.contains("no name server was asked for `acct.example`"),
                    "{failure:?}"
                );
            }
            let later = Instant::now() + Duration::from_secs(3);
            assert_eq!(shown(&resolver.resolve("acct.example", later).await), ["20.60.1.1"]);
        });
    }

    #[test]
    fn silence_within_a_short_time_is_not_held_against_those_who_have_more() {
        let begun = Instant::now();
        let slow = server(move |name, kind, response| {
            give(response, name, kind, "20.60.1.1");
            begun.elapsed() > Duration::from_millis(300)
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let resolver = Resolver::new(&Limits::default());
        resolver.configuration.set(asking(&[slow])).unwrap();
        runtime.block_on(async {
            let early = resolver.resolve("acct.example", begun + Duration::from_millis(250)).await;
            assert_eq!(early.failure.unwrap().kind, FailureKind::ResolveTimeout);
            let later = resolver.resolve("acct.example", Instant::now() + Duration::from_secs(3)).await;
            assert_eq!(shown(&later), ["20.60.1.1"]);
        });
    }

    #[test]
    fn a_slow_first_server_is_heard_before_a_quick_second() {
        let slow = |millis, code| {
            server(move |name, kind, response| {
                std::thread::sleep(Duration::from_millis(millis));
                response.metadata.response_code = code;
                if code == ResponseCode::NoError {
                    give(response, name, kind, "10.0.0.5");
                }
                true
            })
        };
        // A sixth of 1.5 seconds is over when each family is answered, half of it is not.
        let resolved =
            resolve_with(asking(&[slow(160, ResponseCode::NoError), giving("20.60.1.1")]), "a.example");
        assert_eq!(shown(&resolved), ["10.0.0.5"], "{resolved:?}");
        assert!(resolved.resolution.notes.iter().any(|note| note.contains("ask in turn")), "{resolved:?}");
        let denied =
            resolve_with(asking(&[slow(160, ResponseCode::NXDomain), giving("20.60.1.1")]), "a.example");
        assert_eq!(denied.failure.unwrap().kind, FailureKind::NxDomain);
        let late =
            resolve_with(asking(&[slow(600, ResponseCode::NoError), giving("20.60.1.1")]), "a.example");
        assert_eq!(shown(&late), ["20.60.1.1"], "{late:?}");
        assert!(
            late.resolution.notes.iter().any(|note| note.contains("wait for it before the next")),
            "{late:?}"
        );
    }

    #[test]
    fn any_answer_shows_that_a_name_server_is_there() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let resolver = Resolver::new(&Limits::default());
        let knock = |server| {
            let deadline = Instant::now() + Duration::from_millis(300);
            runtime
                .block_on(resolver.knock(server, deadline))
                .map_err(|failure| (failure.phase, failure.kind))
        };
        assert_eq!(knock(failing(ResponseCode::Refused)), Ok(()));
        assert_eq!(knock(silent()), Err((Phase::Connect, FailureKind::TimedOut)));
        // Of a port where nothing listens Wine says nothing.
        if !cfg!(windows) {
            assert_eq!(knock(closed()), Err((Phase::Connect, FailureKind::Refused)));
        }
        let other = server(|_, _, response| {
            response.metadata.id ^= 0x5555;
            true
        });
        assert_eq!(knock(other), Err((Phase::Request, FailureKind::UnexpectedAnswer)));
    }
}
