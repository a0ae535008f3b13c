//! `tags update`: a newer tag file into the user's cache.

mod answer;
mod offer;

use std::cmp::Ordering;
use std::time::Duration;

use clap::{ArgMatches, Args};
use jiff::{Timestamp, ToSpan, tz::TimeZone};

use super::{Catalog, Rests};
use crate::azure::Cloud;
use crate::cli::catalog::tables_name;
use crate::cli::probe::named;
use crate::cli::{Exit, Failure, Session, Subcommand, arguments_of};
use crate::collect::cache::Cache;
use crate::collect::fetch::{Fetcher, Proxies};
use crate::tags::{Origin, Release, Stored, TagCatalog, TagFile};
use crate::wire;
use answer::{Answer, Outcome};
use offer::Offer;

pub(super) const SUBCOMMAND: Subcommand = Subcommand {
    name: "update",
    about: "Put a newer tag file into the cache, from where every subcommand takes it",
    arguments: Arguments::augment_args,
    run,
    parts: &[],
};

#[derive(Debug, Args)]
struct Arguments {
    /// The file, its address, or that of a page that links to it [default: Microsoft's download page of the cloud]
    #[arg(long, value_name = "URL|FILE")]
    from: Option<String>,
    /// The proxy to fetch it through [default: that of the environment]
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
    /// How long fetching may take, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 120_000, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

/// Tags without which a file is not the list of a whole cloud: those that backup itself needs.
const INDISPENSABLE: [&str; 4] = ["AzureCloud", "AzureActiveDirectory", "AzureBackup", "Storage"];
/// A release with less than one part in so many of the prefixes before it is not believed.
const SMALLEST_PART: usize = 2;
/// A file that claims to be of a day further ahead would keep every true one out.
const DAYS_AHEAD: i32 = 31;

fn run(matches: &ArgMatches, session: &Session) -> Result<Exit, Failure> {
    let arguments: Arguments = arguments_of(matches)?;
    if session.options.tags.is_some() {
        return Err(Failure::Usage("`tags update` takes its file by --from, not by --tags".into()));
    }
    let cache = Cache::of_user().ok_or_else(|| {
        Failure::Usage("there is no place for a cache: set AZPREFLIGHT_CACHE to a folder".into())
    })?;
    let offer = Offer::take(arguments.from.as_deref(), session.options.cloud, &fetcher(&arguments)?)?;
    let file = wire::tag_file::parse(&offer.from, &offer.bytes)?;
    let cloud = identify(&file, session.options.cloud).map_err(|why| offer.refused(&why))?;
    let file = TagFile { cloud: Some(cloud), ..file };
    let catalog = TagCatalog::compile(&file, Origin::Cache).map_err(|why| offer.refused(&why.to_string()))?;
    let answer = install(&cache, &offer, &catalog)?;
    if session.is_json() {
        session.write_json(&answer)?;
    } else {
        session.write(|out| answer.write_text(out))?;
    }
    Ok(if answer.outcome == Outcome::Older { Exit::NotReady } else { Exit::Ready })
}

fn fetcher(arguments: &Arguments) -> Result<Fetcher, Failure> {
    let proxies = match named::proxies(arguments.proxy.as_slice())?.pop() {
        Some(proxy) => Proxies::named(proxy),
        None => Proxies::of_environment()
            .map_err(|(name, fault)| Failure::Usage(format!("the environment variable {name}: {fault}")))?,
    };
    Ok(Fetcher { proxies, limit: Fetcher::LIMIT, timeout: Duration::from_millis(arguments.timeout) })
}

/// The cloud a file is of, where it is what it must be.
fn identify(file: &TagFile, asked: Option<Cloud>) -> Result<Cloud, String> {
    let cloud = match (file.cloud, asked) {
        (Some(own), Some(asked)) if own != asked => {
            return Err(format!("it holds the service tags of the cloud `{own}`, not of `{asked}`"));
        }
        (own, asked) => own.or(asked).ok_or("it does not say which cloud it is of: name it with --cloud")?,
    };
    if cloud == Cloud::Germany {
        return Err("the cloud `germany` was closed in 2021".into());
    }
    let date = file
        .date
        .ok_or("its name must hold the day of the release, as in `ServiceTags_Public_20250728.json`")?;
    let latest = Timestamp::now().to_zoned(TimeZone::UTC).date().saturating_add(DAYS_AHEAD.days());
    if date > latest {
        return Err(format!("it claims to be of {date}, which is yet to come"));
    }
    let has = |name: &&str| {
        file.tags.iter().any(|tag| tag.name.eq_ignore_ascii_case(name) && !tag.prefixes.is_empty())
    };
    match INDISPENSABLE.iter().find(|name| !has(name)) {
        Some(missing) => {
            Err(format!("the tag `{missing}` is missing in it: it is not the list of a whole cloud"))
        }
        None => Ok(cloud),
    }
}

/// Puts the catalog in the place of the one that is there, unless it is older or the same.
fn install(cache: &Cache, offer: &Offer, catalog: &TagCatalog) -> Result<Answer, Failure> {
    let release = catalog.release();
    let cloud = release.cloud.unwrap_or(Cloud::Public);
    let unwritable =
        |error| Failure::Output { name: format!("the cache `{}`", cache.path("").display()), error };
    let lock = cache.lock().map_err(unwritable)?;
    let current = Catalog::kept(cloud);
    let outcome = current.as_ref().map_or(Outcome::Updated, |current| weigh(current.release(), release));
    let previous = current.as_ref().map(|current| Rests::from(current.used()));
    let mut answer = Answer::new(outcome, offer.from.clone(), release, previous);
    if outcome != Outcome::Updated {
        return Ok(answer);
    }
    if let Some(current) = &current
        && prefixes(catalog) < prefixes(current) / SMALLEST_PART
    {
        let (own, before) = (prefixes(catalog), prefixes(current));
        return Err(offer.refused(&format!("it has {own} prefixes where the release before it has {before}")));
    }
    let name = file_name(cloud, release);
    let outdated = named_by_tables(cache, cloud).filter(|outdated| *outdated != name);
    lock.replace(&name, &offer.bytes)
        .and_then(|()| lock.replace(&tables_name(cloud), &catalog.stored()))
        .and_then(|()| outdated.map_or(Ok(()), |outdated| lock.remove(&outdated)))
        .map_err(unwritable)?;
    answer.file = Some(cache.path(&name).display().to_string());
    Ok(answer)
}

/// What an offered release is beside the one in use.
fn weigh(current: &Release, offered: &Release) -> Outcome {
    let number = current.change_number.zip(offered.change_number);
    let by_number = number.map_or(Ordering::Equal, |(current, offered)| offered.cmp(&current));
    match offered.date.cmp(&current.date) {
        _ if offered.sha256 == current.sha256 => Outcome::Unchanged,
        Ordering::Less => Outcome::Older,
        _ if by_number == Ordering::Less => Outcome::Older,
        Ordering::Equal if current.origin == Origin::Embedded => Outcome::Unchanged,
        _ => Outcome::Updated,
    }
}

fn prefixes(catalog: &TagCatalog) -> usize {
    catalog.tags().map(|tag| tag.prefixes().count()).sum()
}

/// The file that the cached tables were made from. Others of its kind may be the user's own.
fn named_by_tables(cache: &Cache, cloud: Cloud) -> Option<String> {
    let tables = cache.open(&tables_name(cloud)).ok()??;
    let stored = Stored::open(tables).ok()?;
    stored.release().date?;
    Some(file_name(cloud, stored.release()))
}

/// The name that Microsoft gives the file: with it, `--tags` finds out the day of the release again.
fn file_name(cloud: Cloud, release: &Release) -> String {
    let day = release.date.map(|date| date.strftime("%Y%m%d").to_string()).unwrap_or_default();
    format!("ServiceTags_{}_{day}.json", cloud.tag_file_name())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn release(day: i8, change_number: Option<u32>, sha256: &'static str) -> Release {
        let date = Some(date(2026, 11, day));
        Release {
            cloud: Some(Cloud::Public),
            origin: Origin::Cache,
            change_number,
            date,
            sha256: sha256.into(),
        }
    }

    #[test]
    fn a_release_is_weighed_by_day_and_number() {
        let current = release(9, Some(5), "a");
        for (offered, outcome) in [
            (release(9, Some(5), "a"), Outcome::Unchanged),
            (release(16, Some(6), "b"), Outcome::Updated),
            (release(16, None, "b"), Outcome::Updated),
            (release(16, Some(4), "b"), Outcome::Older),
            (release(9, Some(5), "b"), Outcome::Updated),
            (release(9, Some(4), "b"), Outcome::Older),
            (release(2, Some(6), "b"), Outcome::Older),
        ] {
            assert_eq!(weigh(&current, &offered), outcome, "{offered:?}");
        }
        let embedded = Release { origin: Origin::Embedded, change_number: None, ..current };
        assert_eq!(weigh(&embedded, &release(9, Some(5), "b")), Outcome::Unchanged);
        assert_eq!(weigh(&embedded, &release(10, Some(5), "b")), Outcome::Updated);
    }
}
