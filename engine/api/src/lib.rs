//! The REST API: routes, shapes, problem+json, sign-in.
