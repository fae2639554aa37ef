//! One operation of the API: address, access, shapes, handler. Routing and the OpenAPI document are made from the
//! same list, so that neither can know an operation that the other does not.

use std::future::Future;
use std::sync::Arc;

use axum::http::Method;
use axum::response::Response;
use futures::future::BoxFuture;
use hosk_store::read::{AuditEntityType, AuditOperation};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use crate::answer::Answer;
use crate::audited::Audited;
use crate::auth::Access;
use crate::call::Call;
use crate::problem::Problem;
use crate::shape::{Object, Schemas, object_schema};

/// What a handler gives back.
pub(crate) type Outcome = Result<Response, Problem>;

pub(crate) type Handler = Arc<dyn Fn(Call) -> BoxFuture<'static, Outcome> + Send + Sync>;

/// Makes the schema of something, adding named ones to the collection.
pub(crate) type SchemaOf = Arc<dyn Fn(&mut Schemas) -> RefOr<Schema> + Send + Sync>;

/// One operation.
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) access: Access,
    pub(crate) body: Option<RequestBody>,
    /// Parameters of the path that are something else than their name says: `…Key` is a key, others are text.
    pub(crate) paths: Vec<(&'static str, Like)>,
    pub(crate) flags: Vec<(&'static str, &'static str)>,
    pub(crate) queries: Vec<Parameter>,
    pub(crate) success: (u16, &'static str, Option<SchemaOf>),
    /// Another status with which it may answer the same.
    pub(crate) also: Option<u16>,
    pub(crate) refusals: &'static [u16],
    pub(crate) audited: Option<Audited>,
    pub(crate) handler: Handler,
}

/// What an operation takes.
pub(crate) struct RequestBody {
    pub(crate) media_type: &'static str,
    pub(crate) required: bool,
    pub(crate) schema: SchemaOf,
    /// A body that is taken, as JSON text, where the schema does not say all that there must be.
    pub(crate) example: Option<&'static str>,
    /// Other forms of the same, with their media types.
    pub(crate) others: Vec<(&'static str, SchemaOf)>,
}

impl Operation {
    /// An operation for operators that takes nothing and answers 204; the other methods say what differs.
    pub(crate) fn new<F, Fut>(
        method: Method,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: F,
    ) -> Self
    where
        F: Fn(Call) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Outcome> + Send + 'static,
    {
        Self {
            method,
            path,
            id,
            summary,
            tag: "",
            access: Access::Operator,
            body: None,
            paths: Vec::new(),
            flags: Vec::new(),
            queries: Vec::new(),
            success: (204, "", None),
            also: None,
            refusals: &[],
            audited: None,
            handler: Arc::new(move |call| Box::pin(handler(call))),
        }
    }

    /// Who may.
    pub(crate) fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Is noted in the audit log.
    pub(crate) fn noted(mut self, operation: AuditOperation, entity: AuditEntityType) -> Self {
        self.audited = Some(Audited { operation, entity, within: false });
        self
    }

    /// Is noted in the audit log by what it changes; here only when it is refused.
    pub(crate) fn noted_within(mut self, operation: AuditOperation, entity: AuditEntityType) -> Self {
        self.audited = Some(Audited { operation, entity, within: true });
        self
    }

    /// Takes a JSON body of this shape.
    pub(crate) fn takes(self, shape: &'static Object) -> Self {
        self.takes_schema(true, Arc::new(move |schemas| object_schema(shape, schemas)))
    }

    /// Takes a JSON body of this shape, or none.
    pub(crate) fn may_take(self, shape: &'static Object) -> Self {
        self.takes_schema(false, Arc::new(move |schemas| object_schema(shape, schemas)))
    }

    /// Takes a JSON body of this schema.
    pub(crate) fn takes_schema(mut self, required: bool, schema: SchemaOf) -> Self {
        self.body = Some(RequestBody {
            media_type: "application/json",
            required,
            schema,
            example: None,
            others: Vec::new(),
        });
        self
    }

    /// Takes a body of another media type.
    pub(crate) fn takes_media(mut self, media_type: &'static str, schema: SchemaOf) -> Self {
        self.body =
            Some(RequestBody { media_type, required: true, schema, example: None, others: Vec::new() });
        self
    }

    /// The JSON body, by example.
    pub(crate) fn like(mut self, example: &'static str) -> Self {
        if let Some(body) = &mut self.body {
            body.example = Some(example);
        }
        self
    }

    /// Takes the same as another media type, too.
    pub(crate) fn or_media(mut self, media_type: &'static str, schema: SchemaOf) -> Self {
        if let Some(body) = &mut self.body {
            body.others.push((media_type, schema));
        }
        self
    }

    /// A parameter of the path may be any text, whatever its name.
    pub(crate) fn path_text(self, name: &'static str) -> Self {
        self.path_like(name, Like::Text)
    }

    /// A parameter of the path is a number.
    pub(crate) fn path_number(self, name: &'static str) -> Self {
        self.path_like(name, Like::Number)
    }

    /// A parameter of the path is text of this form.
    pub(crate) fn path_pattern(self, name: &'static str, pattern: &'static str) -> Self {
        self.path_like(name, Like::Pattern(pattern))
    }

    fn path_like(mut self, name: &'static str, like: Like) -> Self {
        self.paths.push((name, like));
        self
    }

    /// Takes a query parameter that is `true` or `false`.
    pub(crate) fn flag(mut self, name: &'static str, about: &'static str) -> Self {
        self.flags.push((name, about));
        self
    }

    /// Takes a query parameter that is text.
    pub(crate) fn query(mut self, parameter: Parameter) -> Self {
        self.queries.push(parameter);
        self
    }

    /// Answers 200 with JSON of this type.
    pub(crate) fn answers<T: Answer + 'static>(mut self) -> Self {
        self.success = (200, "application/json", Some(Arc::new(T::schema)));
        self
    }

    /// Answers 201 with JSON of this type.
    pub(crate) fn creates<T: Answer + 'static>(mut self) -> Self {
        self.success = (201, "application/json", Some(Arc::new(T::schema)));
        self
    }

    /// Answers 200 with another media type.
    pub(crate) fn answers_media(mut self, media_type: &'static str) -> Self {
        let schema: SchemaOf = Arc::new(String::schema);
        self.success = (200, media_type, Some(schema));
        self
    }

    /// Refusals beyond 400, 401, 403, 500 and 503, which every operation may answer.
    pub(crate) fn refuses(mut self, statuses: &'static [u16]) -> Self {
        self.refusals = statuses;
        self
    }
}

/// A query parameter that is text.
#[derive(Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) required: bool,
    pub(crate) like: Like,
}

/// What the text of a parameter is.
#[derive(Clone, Copy)]
pub(crate) enum Like {
    Text,
    /// A date and time.
    Time,
    /// A whole number that is not negative.
    Number,
    /// Text of this form.
    Pattern(&'static str),
    /// One of these words.
    Word(&'static [&'static str]),
}

/// Operations under one heading.
pub(crate) fn tagged(tag: &'static str, operations: Vec<Operation>) -> Vec<Operation> {
    operations.into_iter().map(|operation| Operation { tag, ..operation }).collect()
}

/// Shorthands per method.
macro_rules! methods {
    ($($name:ident = $method:ident),*) => {$(
        pub(crate) fn $name<F, Fut>(
            path: &'static str,
            id: &'static str,
            summary: &'static str,
            handler: F,
        ) -> Operation
        where
            F: Fn(Call) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = Outcome> + Send + 'static,
        {
            Operation::new(Method::$method, path, id, summary, handler)
        }
    )*};
}

methods!(get = GET, post = POST, put = PUT, patch = PATCH, delete = DELETE);
