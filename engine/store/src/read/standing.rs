//! Which element instances are counted for a definition: those of the instances that a filter lets through. Where it says
//! something about element instances, only those of which that is true.

use super::entities::{ElementInstanceField, ProcessInstanceField};
use super::search::{Filter, Related};

/// The element instances that a filter over instances is about; `None` when it says nothing about them, so that it is about
/// all that the instances have.
pub(crate) fn counted(filter: &Filter<ProcessInstanceField>) -> Option<Filter<ElementInstanceField>> {
    is_about_elements(filter).then(|| of_elements(filter))
}

fn is_about_elements(filter: &Filter<ProcessInstanceField>) -> bool {
    match filter {
        Filter::All(filters) | Filter::Any(filters) => filters.iter().any(is_about_elements),
        Filter::Has(related) => matches!(related, Related::Element(_)),
        Filter::Is(..) => false,
    }
}

fn of_elements(filter: &Filter<ProcessInstanceField>) -> Filter<ElementInstanceField> {
    let of_instances = |filter| Filter::Has(Related::Instance(Box::new(filter)));
    match filter {
        Filter::Has(Related::Element(inner)) => (**inner).clone(),
        filter if !is_about_elements(filter) => of_instances(filter.clone()),
        Filter::All(filters) => {
            let (about, others): (Vec<_>, Vec<_>) =
                filters.iter().partition(|filter| is_about_elements(filter));
            let mut all: Vec<_> = about.into_iter().map(of_elements).collect();
            if !others.is_empty() {
                all.push(of_instances(Filter::All(others.into_iter().cloned().collect())));
            }
            Filter::All(all)
        }
        Filter::Any(filters) => Filter::Any(filters.iter().map(of_elements).collect()),
        Filter::Is(..) | Filter::Has(_) => of_instances(filter.clone()),
    }
}
