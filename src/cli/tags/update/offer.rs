//! Where a tag file comes from.

use std::fs::File;
use std::io::{self, Read};

use crate::azure::Cloud;
use crate::cli::Failure;
use crate::cli::failure::Unreadable;
use crate::collect::fetch::{Fetched, Fetcher, Url};
use crate::tags::{download_page, newest_link};

/// A file that is offered, not looked into yet.
pub(super) struct Offer {
    /// Its path or address, the latter without its query. The name of the file is the last part of it.
    pub(super) from: String,
    /// The file.
    pub(super) bytes: Vec<u8>,
}

impl Offer {
    /// Takes what the user names, else what Microsoft's page of the cloud links to.
    pub(super) fn take(from: Option<&str>, cloud: Option<Cloud>, fetcher: &Fetcher) -> Result<Self, Failure> {
        let cloud = cloud.unwrap_or(Cloud::Public);
        let page = || download_page(cloud).map(str::to_owned);
        let from = from.map(str::to_owned).or_else(page);
        let from = from.ok_or_else(|| Failure::Usage(format!("no page is known for the cloud `{cloud}`")))?;
        if !from.contains("://") {
            return Self::read(&from);
        }
        let url: Url = from.parse().map_err(|fault| Failure::Usage(format!("--from: {fault}")))?;
        let first = fetch(fetcher, &url)?;
        if !is_page(&first.body) {
            return Ok(Self::of(first));
        }
        let file = Self::of(fetch(fetcher, &linked(&first, cloud)?)?);
        if is_page(&file.bytes) {
            return Err(file.refused("it is a page, and not the tag file that another page linked to"));
        }
        Ok(file)
    }

    /// Why the file is not taken.
    pub(super) fn refused(&self, why: &str) -> Failure {
        unreadable(&self.from, format!("`{}` is not taken: {why}", self.from))
    }

    fn of(fetched: Fetched) -> Self {
        Self { from: fetched.url.to_string(), bytes: fetched.body }
    }

    fn read(path: &str) -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(Fetcher::LIMIT + 1).read_to_end(&mut bytes));
        match read {
            Ok(size) if size as u64 > Fetcher::LIMIT => {
                let error = io::Error::from(io::ErrorKind::FileTooLarge);
                Err(Failure::reading(path, &error))
            }
            Ok(_) => Ok(Self { from: path.to_owned(), bytes }),
            Err(error) => Err(Failure::reading(path, &error)),
        }
    }
}

/// Whether it is a page rather than a file of JSON. The older XML is no release of a whole cloud's tags, either.
fn is_page(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    body.trim_ascii_start().starts_with(b"<")
}

/// Where a page says that the newest file is.
fn linked(page: &Fetched, cloud: Cloud) -> Result<Url, Failure> {
    let refused = |why: String| unreadable(&page.url.to_string(), format!("the page {} {why}", page.url));
    let link = newest_link(&String::from_utf8_lossy(&page.body), cloud);
    let link = link.ok_or_else(|| {
        let name = cloud.tag_file_name();
        refused(format!(
            "links to no `ServiceTags_{name}_YYYYMMDD.json`: download the file in a browser and name it with --from"
        ))
    })?;
    let url =
        page.url.join(&link).map_err(|fault| refused(format!("links to what cannot be fetched: {fault}")))?;
    if page.url.is_https() && !url.is_https() {
        return Err(refused("links to an address without TLS".into()));
    }
    Ok(url)
}

fn fetch(fetcher: &Fetcher, url: &Url) -> Result<Fetched, Failure> {
    fetcher
        .fetch(url)
        .map_err(|error| unreadable(&url.to_string(), format!("fetching service tags: {error}")))
}

fn unreadable(document: &str, message: String) -> Failure {
    Failure::Input(Unreadable {
        message,
        document: document.to_owned(),
        expected: "a newer file of service tags".into(),
        ..Unreadable::default()
    })
}
