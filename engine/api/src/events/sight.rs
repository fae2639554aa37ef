//! What a caller hears of: what he finds by the searches of instances, incidents and tasks, and among that what he asked
//! for. The filters are those of the searches, held against single rows.

use std::sync::Arc;

use hosk_core::ProcessInstanceKey;
use hosk_identity::{Permission, ResourceType, Scope};
use hosk_store::Error;
use hosk_store::read::{Filter, IncidentField, ProcessInstanceField, UserTaskField};

use super::Kind;
use super::hints::About;
use crate::App;
use crate::auth::Caller;
use crate::routes::for_user;
use crate::view::View;

/// Whose tasks are asked for; one of them is enough.
#[derive(Clone, Debug, Default)]
pub(crate) struct People {
    pub(crate) assignee: Option<Arc<str>>,
    pub(crate) candidate_user: Option<Arc<str>>,
    pub(crate) candidate_groups: Option<Vec<Arc<str>>>,
}

impl People {
    /// Whether tasks are asked for by people.
    pub(crate) fn is_given(&self) -> bool {
        self.assignee.is_some() || self.candidate_user.is_some() || self.candidate_groups.is_some()
    }
}

/// What a caller asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) instance: Option<ProcessInstanceKey>,
    pub(crate) process: Option<Arc<str>>,
    pub(crate) people: People,
}

/// What a caller hears of, by kind; nothing of a kind without a filter.
pub(crate) struct Sight {
    instances: Option<Filter<ProcessInstanceField>>,
    incidents: Option<Filter<IncidentField>>,
    tasks: Option<Filter<UserTaskField>>,
}

impl Sight {
    /// What this caller hears of when he wants that.
    pub(crate) fn of(app: &App, caller: &Caller, wanted: &Wanted) -> Self {
        let view = app.stored.seen_by(app.auth.tenants_of(caller));
        let read =
            caller.scope_of(&app.auth, ResourceType::ProcessDefinition, Permission::ReadProcessInstance);
        let asked = |kind| wanted.kinds.contains(&kind);
        Self {
            instances: asked(Kind::ProcessInstance).then(|| {
                use ProcessInstanceField as F;
                let own = wanted.within(F::Key, F::ProcessDefinitionId);
                view.filter(Filter::All(vec![own, within(&read, F::ProcessDefinitionId)]), F::TenantId)
            }),
            incidents: asked(Kind::Incident).then(|| {
                use IncidentField as F;
                let own = wanted.within(F::ProcessInstanceKey, F::ProcessDefinitionId);
                view.filter(Filter::All(vec![own, within(&read, F::ProcessDefinitionId)]), F::TenantId)
            }),
            tasks: asked(Kind::UserTask).then(|| tasks(app, caller, wanted, &view)),
        }
    }

    /// Whether the caller hears of it.
    pub(super) fn holds(&self, about: &About) -> Result<bool, Error> {
        match about {
            About::Instance(row) => self.instances.as_ref().map_or(Ok(false), |filter| filter.holds(row)),
            About::Incident(row) => self.incidents.as_ref().map_or(Ok(false), |filter| filter.holds(row)),
            About::Task(row, moved) => {
                let Some(filter) = &self.tasks else { return Ok(false) };
                for row in std::iter::once(row).chain(moved) {
                    if filter.holds(row)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}

impl Wanted {
    /// Of the instance and the process that were asked for.
    fn within<F: Copy>(&self, instance: F, process: F) -> Filter<F> {
        let mut all = Vec::new();
        all.extend(self.instance.map(|key| Filter::eq(instance, key)));
        all.extend(self.process.as_ref().map(|id| Filter::eq(process, Arc::clone(id))));
        Filter::All(all)
    }

    /// For the people that were asked for.
    fn for_people(&self) -> Filter<UserTaskField> {
        use UserTaskField as F;
        let People { assignee, candidate_user, candidate_groups } = &self.people;
        if !self.people.is_given() {
            return Filter::everything();
        }
        let mut any = Vec::new();
        any.extend(assignee.as_ref().map(|name| Filter::eq(F::Assignee, Arc::clone(name))));
        any.extend(candidate_user.as_ref().map(|name| Filter::eq(F::CandidateUsers, Arc::clone(name))));
        any.extend(
            candidate_groups.as_ref().map(|ids| Filter::one_of(F::CandidateGroups, ids.iter().cloned())),
        );
        Filter::Any(any)
    }
}

fn within<F>(scope: &Scope, field: F) -> Filter<F> {
    match scope {
        Scope::All => Filter::everything(),
        Scope::Of(ids) => Filter::one_of(field, ids.iter().cloned()),
    }
}

/// As the search of tasks.
fn tasks(app: &App, caller: &Caller, wanted: &Wanted, view: &View) -> Filter<UserTaskField> {
    use UserTaskField as F;
    let by_process = caller.scope_of(&app.auth, ResourceType::ProcessDefinition, Permission::ReadUserTask);
    let by_key = caller.scope_of(&app.auth, ResourceType::UserTask, Permission::Read);
    let may = match caller {
        Caller::User(user) if by_process != Scope::All && by_key != Scope::All => for_user(user, &by_process),
        Caller::User(_) | Caller::Anybody => Filter::everything(),
    };
    let own = wanted.within(F::ProcessInstanceKey, F::ProcessDefinitionId);
    view.filter(Filter::All(vec![own, may, wanted.for_people()]), F::TenantId)
}
