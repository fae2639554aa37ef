//! BPMN files in, definitions and diagnostics out: the crate through its public door.

#[cfg(test)]
mod ad_hoc;
#[cfg(test)]
mod collaboration;
#[cfg(test)]
mod common;
#[cfg(test)]
mod convert;
#[cfg(test)]
mod cycles_and_paths;
#[cfg(test)]
mod data;
#[cfg(test)]
mod elements;
#[cfg(test)]
mod escalation;
#[cfg(test)]
mod events;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod problem_pages;
#[cfg(test)]
mod realistic;
#[cfg(test)]
mod references;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod refused_elements;
mod retention;
