//! All that one store holds, written into another: back-ups, restoring, moving between a file and PostgreSQL.
//!
//! What is read is one snapshot, what is written is one transaction; a table at a time and a slice at a time, so that
//! memory stays bounded whatever there is. Which tables and columns there are is asked of both databases: one that the
//! other does not have is refused by name, never left out.
//!
//! Not taken along: who has which node number, who works on what for how long. That belongs to servers that run.

mod file;
mod postgres;
mod shape;
mod sqlite;

use std::path::Path;

pub use file::{add_records, back_up_file, check_back_up, drop_engine_tables, forget_servers, is_in_use};

use crate::Error;
use shape::{Row, Shape};

/// Rows in a slice, at most.
const SLICE_ROWS: usize = 1_000;
/// Bytes in a slice, about; one row may be larger.
const SLICE_BYTES: usize = 4 * 1024 * 1024;

/// Where a store is.
#[derive(Clone, Copy, Debug)]
pub enum Place<'p> {
    /// An SQLite file.
    File(&'p Path),
    /// A PostgreSQL server, by its address.
    Postgres(&'p str),
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'t> {
    /// The table being written.
    pub table: &'t str,
    /// Rows of all tables written so far.
    pub rows: u64,
    /// Rows of all tables there are.
    pub of: u64,
}

/// Hears how far it is.
pub type Told<'t> = &'t mut (dyn FnMut(Progress<'_>) + Send);

/// Writes all that a store holds into another one, which must be empty and is made when it is not there. The schemas
/// of both are brought up to date first.
///
/// # Errors
/// [`Error::Invalid`] when the target holds something, or has no place for what there is; nothing is written then.
pub async fn transfer(from: Place<'_>, to: Place<'_>, told: Told<'_>) -> Result<u64, Error> {
    let mut reader = Reader::open(from).await?;
    let mut writer = Writer::open(to).await?;
    let shapes = shapes(&mut reader, &mut writer).await?;
    let mut of = 0;
    for shape in &shapes {
        of += reader.count(shape).await?;
    }
    let mut rows = 0;
    for shape in &shapes {
        told(Progress { table: &shape.from, rows, of });
        reader
            .read(shape, &mut writer, &mut |done| {
                told(Progress { table: &shape.from, rows: rows + done, of });
            })
            .await?;
        let (read, written) = (reader.count(shape).await?, writer.count(shape).await?);
        if read != written {
            let what = format!("of {read} rows of {} only {written} were written", shape.from);
            return Err(Error::Corrupt { what });
        }
        rows += written;
    }
    writer.finish().await?;
    reader.finish().await;
    Ok(rows)
}

/// What is read, in one snapshot.
enum Reader {
    Sqlite(sqlite::Reader),
    Postgres(postgres::Reader),
}

impl Reader {
    async fn open(place: Place<'_>) -> Result<Self, Error> {
        Ok(match place {
            Place::File(path) => Self::Sqlite(sqlite::Reader::open(path).await?),
            Place::Postgres(url) => Self::Postgres(postgres::Reader::open(url).await?),
        })
    }

    async fn count(&mut self, shape: &Shape) -> Result<u64, Error> {
        match self {
            Self::Sqlite(reader) => sqlite::count(reader.connection(), &shape.from).await,
            Self::Postgres(reader) => postgres::count(reader.connection(), &shape.from).await,
        }
    }

    async fn read(
        &mut self,
        shape: &Shape,
        writer: &mut Writer,
        told: &mut (dyn FnMut(u64) + Send),
    ) -> Result<(), Error> {
        match self {
            Self::Sqlite(reader) => reader.read(shape, writer, told).await,
            Self::Postgres(reader) => reader.read(shape, writer, told).await,
        }
    }

    async fn finish(self) {
        match self {
            Self::Sqlite(reader) => reader.finish().await,
            Self::Postgres(reader) => reader.finish().await,
        }
    }
}

/// What is written, in one transaction.
enum Writer {
    Sqlite(sqlite::Writer),
    Postgres(postgres::Writer),
}

impl Writer {
    async fn open(place: Place<'_>) -> Result<Self, Error> {
        Ok(match place {
            Place::File(path) => Self::Sqlite(sqlite::Writer::open(path).await?),
            Place::Postgres(url) => Self::Postgres(postgres::Writer::open(url).await?),
        })
    }

    async fn count(&mut self, shape: &Shape) -> Result<u64, Error> {
        match self {
            Self::Sqlite(writer) => sqlite::count(writer.connection(), &shape.to).await,
            Self::Postgres(writer) => postgres::count(writer.connection(), &shape.to).await,
        }
    }

    async fn clear(&mut self, shape: &Shape) -> Result<(), Error> {
        match self {
            Self::Sqlite(writer) => writer.clear(shape).await,
            Self::Postgres(writer) => writer.clear(shape).await,
        }
    }

    async fn write(&mut self, shape: &Shape, rows: &[Row]) -> Result<(), Error> {
        match self {
            Self::Sqlite(writer) => writer.write(shape, rows).await,
            Self::Postgres(writer) => writer.write(shape, rows).await,
        }
    }

    async fn finish(self) -> Result<(), Error> {
        match self {
            Self::Sqlite(writer) => writer.finish().await,
            Self::Postgres(writer) => writer.finish().await,
        }
    }
}

/// Which table goes where, and which of its columns; the target is empty.
async fn shapes(reader: &mut Reader, writer: &mut Writer) -> Result<Vec<Shape>, Error> {
    let source = match reader {
        Reader::Sqlite(reader) => sqlite::tables(reader.connection()).await?,
        Reader::Postgres(reader) => postgres::tables(reader.connection()).await?,
    };
    let target = match writer {
        Writer::Sqlite(writer) => sqlite::tables(writer.connection()).await?,
        Writer::Postgres(writer) => postgres::tables(writer.connection()).await?,
    };
    let shapes = shape::match_up(source, &target)?;
    for shape in &shapes {
        if shape::is_seeded(&shape.to) {
            writer.clear(shape).await?;
        }
        if writer.count(shape).await? > 0 {
            let what = format!(
                "the target holds data already (in the table {}): give one that is empty, or remove what is in it",
                shape.to
            );
            return Err(Error::Invalid { what });
        }
    }
    Ok(shapes)
}
