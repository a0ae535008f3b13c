//! Which service tags an answer rests on.

use std::fs;
use std::io::{self, Write};
use std::ops::Deref;
use std::path::Path;

use jiff::civil::Date;

use super::{Failure, Session};
use crate::azure::Cloud;
use crate::collect::cache::Cache;
use crate::report::{TagsUsed, escape};
use crate::tags::{Origin, Release, Stored, StoredError, TagCatalog, TagFile};
use crate::wire;

/// The tags of one run.
#[derive(Debug)]
pub(super) enum Catalog {
    /// The copy inside the program.
    Embedded(&'static TagCatalog),
    /// Those of a file, or of the user's cache.
    Held(Box<TagCatalog>),
    /// None: nobody gave a file for this cloud, so every tag stays open.
    Absent(Cloud, Box<TagCatalog>),
}

impl Deref for Catalog {
    type Target = TagCatalog;

    fn deref(&self) -> &TagCatalog {
        match self {
            Self::Embedded(catalog) => catalog,
            Self::Held(catalog) | Self::Absent(_, catalog) => catalog,
        }
    }
}

impl Catalog {
    /// The tags that the options name, else those for the `stated` cloud of the input.
    pub(super) fn choose(session: &Session, stated: Option<Cloud>) -> Result<Self, Failure> {
        if let Some(path) = &session.options.tags {
            let catalog = read(path)?;
            agree(path, session.options.cloud, &catalog)?;
            return Ok(Self::Held(Box::new(catalog)));
        }
        let cloud = session.options.cloud.or(stated).unwrap_or(Cloud::Public);
        match Self::kept(cloud) {
            Some(kept) => Ok(kept),
            None => Ok(Self::Absent(cloud, Box::new(compile(&empty(cloud))?))),
        }
    }

    /// The newest tags of a cloud that are at hand: those in the user's cache where they are newer than the copy inside the
    /// program, else that copy, which the public cloud alone has. A cache that cannot be read is told on standard error.
    pub(super) fn kept(cloud: Cloud) -> Option<Self> {
        let embedded = (cloud == Cloud::Public).then(TagCatalog::embedded);
        let cached = cached(cloud, embedded.and_then(|embedded| embedded.release().date));
        cached.map(|cached| Self::Held(Box::new(cached))).or(embedded.map(Self::Embedded))
    }

    /// The tags for a question about nothing but tags: an answer without any would be no answer.
    pub(super) fn for_lookup(session: &Session) -> Result<Self, Failure> {
        match Self::choose(session, None)? {
            Self::Absent(cloud, _) => Err(Failure::Usage(format!(
                "the program holds no service tags of the cloud `{cloud}`: fetch them with `azpreflight tags update --cloud {cloud}`, or name a file of them with --tags"
            ))),
            chosen => Ok(chosen),
        }
    }

    /// The tags of a file, or with `embedded` those inside the program.
    pub(super) fn named(path: &Path) -> Result<Self, Failure> {
        if path.as_os_str() == "embedded" {
            return Ok(Self::Embedded(TagCatalog::embedded()));
        }
        Ok(Self::Held(Box::new(read(path)?)))
    }

    /// What a report says of them.
    pub(super) fn used(&self) -> TagsUsed {
        let release: &Release = self.release();
        let absent = matches!(self, Self::Absent(..));
        TagsUsed {
            cloud: release.cloud,
            source: if absent { "none" } else { release.origin.name() },
            change_number: release.change_number,
            date: release.date,
            sha256: (!absent).then(|| release.sha256.to_string()),
        }
    }
}

/// The name in the cache of the tables of a cloud.
pub(super) fn tables_name(cloud: Cloud) -> String {
    format!("service-tags-{cloud}.tables")
}

/// The cached tags of a cloud, where there are some newer than this day. Of older ones the head alone is read.
fn cached(cloud: Cloud, than: Option<Date>) -> Option<TagCatalog> {
    let (cache, name) = (Cache::of_user()?, tables_name(cloud));
    let complain = |fault: StoredError| {
        let path = cache.path(&name).display().to_string();
        let line = format!(
            "the cached service tags in `{path}` are left out: {fault}; `azpreflight tags update` makes them anew"
        );
        // Nobody is left to tell when standard error is gone.
        drop(writeln!(io::stderr(), "azpreflight: {}", escape(&line)));
    };
    let newer = |stored: Stored<_>| match stored.release() {
        release if release.cloud != Some(cloud) => Err(StoredError::Damaged),
        release if than.is_some_and(|than| release.date.is_none_or(|date| date <= than)) => Ok(None),
        _ => stored.load().map(Some),
    };
    let file = cache.open(&name).map_err(StoredError::from).map_err(complain).ok()??;
    Stored::open(file).and_then(newer).map_err(complain).ok()?
}

fn read(path: &Path) -> Result<TagCatalog, Failure> {
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| Failure::reading(&name, &error))?;
    compile(&wire::tag_file::parse(&name, &bytes)?)
}

fn compile(file: &TagFile) -> Result<TagCatalog, Failure> {
    TagCatalog::compile(file, Origin::File).map_err(|error| Failure::Usage(error.to_string()))
}

fn empty(cloud: Cloud) -> TagFile {
    TagFile { cloud: Some(cloud), change_number: None, date: None, sha256: String::new(), tags: Vec::new() }
}

/// A file of another cloud than the one asked for would turn every answer wrong.
fn agree(path: &Path, asked: Option<Cloud>, catalog: &TagCatalog) -> Result<(), Failure> {
    match (asked, catalog.release().cloud) {
        (Some(asked), Some(own)) if asked != own => Err(Failure::Usage(format!(
            "`{}` holds the service tags of the cloud `{own}`, not of `{asked}`",
            path.display()
        ))),
        _ => Ok(()),
    }
}
