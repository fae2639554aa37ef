//! Scenarios, histories, properties, simulation, API, crash and tidy tests.
