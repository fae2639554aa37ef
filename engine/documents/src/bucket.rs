//! Bytes in a bucket of an S3-compatible store: one object for each content, named after it, and never changed.
//!
//! A content stands in the list of loose ones before anything of it is sent, and its name is all that is needed to find
//! what a server that was killed has left: [`Bucket::remove`] asks the store for uploads of that name, ends them, and
//! removes the object.

mod failure;
mod listing;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream;
use object_store::aws::{AmazonS3, AmazonS3Builder, AwsAuthorizer, AwsCredential};
use object_store::client::{HttpClient, HttpConnector as _, HttpRequest, HttpRequestBody, ReqwestConnector};
use object_store::multipart::MultipartStore as _;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, MultipartId, ObjectStoreExt as _, RetryConfig};

use self::failure::{failed, refused, unreachable};
use self::writer::Writer;
use crate::contents::{Bytestream, Contents, Writing};
use crate::error::Error;

/// Bytes of one part of an upload; stores take no smaller ones, but for the last.
const PART: usize = 5 * 1024 * 1024;
/// Parts that an upload may have.
const PARTS: u64 = 10_000;
/// Bytes that are read at a time.
const PIECE: u64 = 1024 * 1024;
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a request may take.
const REQUEST: Duration = Duration::from_secs(30);
/// How often a request is repeated that the store did not answer well, and until when.
const REPEATS: usize = 3;
const REPEATED: Duration = Duration::from_secs(20);
/// How long the first request may take, by which it is seen whether the store answers.
const CHECK: Duration = Duration::from_secs(10);
/// How often uploads are ended until the store has none any more: parts under way may come after it.
const ROUNDS: usize = 5;

/// Which bucket, and how to get there.
#[derive(Clone)]
pub struct BucketSettings {
    /// The id of the store, which references carry.
    pub id: String,
    /// Address of the store, without the bucket; absent: Amazon's, of the region.
    pub endpoint: Option<String>,
    /// Name of the bucket.
    pub bucket: String,
    /// Region that requests are signed for.
    pub region: String,
    /// What the names of objects begin with; empty, or with `/` between its parts and none at its ends.
    pub prefix: String,
    /// Id of the access key.
    pub access_key: String,
    /// The key that requests are signed with.
    pub secret_key: String,
    /// Whether the bucket stands in the path of addresses, instead of in the name of the host.
    pub path_style: bool,
    /// Whether the address may be without TLS.
    pub allow_http: bool,
}

/// A bucket.
#[derive(Clone)]
pub struct Bucket {
    id: Arc<str>,
    name: Arc<str>,
    region: Arc<str>,
    address: Arc<str>,
    prefix: Arc<str>,
    key: Arc<AwsCredential>,
    store: Arc<AmazonS3>,
    client: HttpClient,
}

impl Bucket {
    /// Bytes of the largest document that a bucket takes.
    pub const LARGEST: u64 = PART as u64 * PARTS;

    /// The bucket of these settings. Nothing is asked of it yet.
    pub fn new(settings: BucketSettings) -> Result<Self, Error> {
        let address = address(&settings);
        let BucketSettings { id, bucket, region, prefix, access_key, secret_key, .. } = settings;
        let options = ClientOptions::new()
            .with_allow_http(settings.allow_http)
            .with_connect_timeout(CONNECT)
            .with_timeout(REQUEST);
        let retry =
            RetryConfig { backoff: BackoffConfig::default(), max_retries: REPEATS, retry_timeout: REPEATED };
        let client = ReqwestConnector::default().connect(&options);
        let store = AmazonS3Builder::new()
            .with_bucket_name(&*bucket)
            .with_region(&*region)
            .with_access_key_id(&*access_key)
            .with_secret_access_key(&*secret_key)
            // The address is that of the bucket, whichever of its parts names it.
            .with_virtual_hosted_style_request(true)
            .with_endpoint(&*address)
            // One object a request: not every store knows the other way.
            .with_disable_bulk_delete(true)
            .with_client_options(options)
            .with_retry(retry)
            .build();
        Ok(Self {
            store: Arc::new(store.map_err(|error| failed(&bucket, &error))?),
            client: client.map_err(|error| failed(&bucket, &error))?,
            key: Arc::new(AwsCredential { key_id: access_key, secret_key, token: None }),
            id: id.into(),
            name: bucket.into(),
            region: region.into(),
            address: address.into(),
            prefix: prefix.into(),
        })
    }

    /// Asks the store something small: whether it can be reached, takes the key and has the bucket.
    pub async fn check(&self) -> Result<(), Error> {
        let listed = tokio::time::timeout(CHECK, self.uploads(&self.path("check"))).await;
        listed.map_err(|_| Error::Unavailable(format!("no answer within {} seconds", CHECK.as_secs())))??;
        Ok(())
    }

    fn path(&self, content: &str) -> Path {
        if self.prefix.is_empty() {
            Path::from(content)
        } else {
            Path::from(format!("{}/{content}", self.prefix))
        }
    }

    fn failed(&self, error: &object_store::Error) -> Error {
        failed(&self.name, error)
    }

    /// The ids of uploads under way to a path: a question that the library does not ask, but signs and sends.
    async fn uploads(&self, path: &Path) -> Result<Vec<String>, Error> {
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        // Names of objects are of letters that stand for themselves, but for what parts them.
        let prefix = path.as_ref().replace('/', "%2F");
        let address = format!("{}/?prefix={prefix}&uploads=", self.address);
        *request.uri_mut() =
            address.parse().map_err(|_| Error::Unavailable("its address is none".to_owned()))?;
        let signer = AwsAuthorizer::new(&self.key, "s3", &self.region);
        signer.try_authorize(&mut request, None).map_err(|error| self.failed(&error))?;
        let answer = self.client.execute(request).await.map_err(|error| unreachable(&error))?;
        let status = answer.status().as_u16();
        let bytes = answer.into_body().bytes().await.map_err(|error| unreachable(&error))?;
        let text = String::from_utf8_lossy(&bytes);
        if status != 200 {
            return Err(refused(&self.name, status, &text));
        }
        listing::uploads_to(path.as_ref(), &text)
            .map_err(|error| Error::Unavailable(format!("its list of uploads cannot be read: {error}")))
    }

    /// Ends an upload; nothing is wrong when it has ended already.
    async fn end(&self, path: &Path, upload: &MultipartId) -> Result<(), Error> {
        match self.store.abort_multipart(path, upload).await.map_err(|error| self.failed(&error)) {
            Err(Error::Damaged | Error::TookTooLong) => Ok(()),
            ended => ended,
        }
    }
}

/// The address of the bucket: its name stands in that of the host, or in the path.
fn address(settings: &BucketSettings) -> String {
    let BucketSettings { endpoint, bucket, region, path_style, .. } = settings;
    let amazon = || format!("https://s3.{region}.amazonaws.com");
    let endpoint = endpoint.clone().unwrap_or_else(amazon);
    let endpoint = endpoint.trim_end_matches('/');
    match endpoint.split_once("://") {
        Some((scheme, host)) if !path_style => format!("{scheme}://{bucket}.{host}"),
        _ => format!("{endpoint}/{bucket}"),
    }
}

#[async_trait]
impl Contents for Bucket {
    fn id(&self) -> &str {
        &self.id
    }

    async fn write(&self, content: &Arc<str>) -> Result<Box<dyn Writing>, Error> {
        Ok(Box::new(Writer::new(Arc::clone(&self.store), Arc::clone(&self.name), self.path(content))))
    }

    async fn read(&self, content: &Arc<str>, size: u64) -> Result<Bytestream, Error> {
        let (bucket, path) = (self.clone(), Arc::new(self.path(content)));
        let next = move |from: u64| {
            let (bucket, path) = (bucket.clone(), Arc::clone(&path));
            async move {
                if from == size {
                    return Ok(None);
                }
                // A request for each piece: a reader may be slow, and none of them is repeated from the beginning.
                let to = size.min(from + PIECE);
                let read = bucket.store.get_range(&path, from..to).await;
                let bytes = read.map_err(|error| bucket.failed(&error))?;
                if bytes.len() as u64 != to - from {
                    return Err(Error::Damaged);
                }
                Ok(Some((bytes, to)))
            }
        };
        Ok(Box::pin(stream::try_unfold(0, next)))
    }

    async fn remove(&self, content: &Arc<str>) -> Result<(), Error> {
        let path = self.path(content);
        for _ in 0..ROUNDS {
            let uploads = self.uploads(&path).await?;
            if uploads.is_empty() {
                return match self.store.delete(&path).await.map_err(|error| self.failed(&error)) {
                    Err(Error::Damaged) => Ok(()),
                    removed => removed,
                };
            }
            for upload in &uploads {
                self.end(&path, upload).await?;
            }
        }
        Err(Error::Unavailable("uploads that were ended are still there".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_stands_in_the_path_or_in_the_host() {
        let at = |endpoint: Option<&str>, path_style| {
            address(&BucketSettings {
                id: "files".into(),
                endpoint: endpoint.map(Into::into),
                bucket: "files".into(),
                region: "eu-central-1".into(),
                prefix: String::new(),
                access_key: "key".into(),
                secret_key: "secret".into(),
                path_style,
                allow_http: true,
            })
        };
        assert_eq!(at(Some("http://127.0.0.1:9000/"), true), "http://127.0.0.1:9000/files");
        assert_eq!(at(Some("https://s3.example.com"), false), "https://files.s3.example.com");
        assert_eq!(at(None, false), "https://files.s3.eu-central-1.amazonaws.com");
        assert_eq!(at(None, true), "https://s3.eu-central-1.amazonaws.com/files");
    }
}
