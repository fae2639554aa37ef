//! What clients look for in refusals.

use super::*;

#[test]
fn names_are_those_of_properties() {
    for (path, place, name) in [
        ("name", "name", "name"),
        ("filter.state", "filter.state", "state"),
        ("filter.processInstanceKey.$in[3]", "filter.processInstanceKey.$in", "processInstanceKey"),
        ("list[1].id", "list.id", "id"),
        ("$or", "$or", "$or"),
    ] {
        assert_eq!((without_places(path).as_ref(), name_in(path).as_str()), (place, name));
    }
}

#[test]
fn numbers_out_of_their_bounds() {
    for (path, given, bounds, rule) in [
        (
            "page.limit",
            -1,
            (1, 10_000),
            "The value for page.limit is '-1' but must be a non-negative number.",
        ),
        ("page.limit", 0, (1, 10_000), "The value for page.limit is '0' but must be greater than 0."),
        ("timeout", 0, (1, i64::MAX), "The value for timeout is '0' but must be greater than 0."),
        (
            "timeToLive",
            -1,
            (0, i64::MAX),
            "The value for timeToLive is '-1' but must be a non-negative number.",
        ),
        ("changeset.priority", 101, (0, 100), "'101' but must be within the [0,100] range."),
    ] {
        let text = out_of_bounds(path, given, bounds);
        assert!(text.contains(rule), "{text}");
    }
}

#[test]
fn what_is_too_long_to_repeat_is_cut() {
    let text = not_a_word("state", &"ä".repeat(10_000), &["ACTIVE"]);
    assert!(text.len() < 1_000 && text.contains("…' for enum field 'state'"), "{text}");
}

fn says(operation: &'static str, need: Need, problem: Problem) -> String {
    let refusing = Refusing { operation, need, key: Some("4711") };
    refusing.says(problem).detail().to_owned()
}

fn missing(thing: &'static str) -> Problem {
    let id = "4711".to_owned();
    Problem::not_found("It is gone.").opens(Opening::Absent { thing, by: "key", id })
}

#[test]
fn things_that_are_not_there() {
    for (operation, problem, detail) in [
        ("getForm", missing("Form"), "Form with key '4711' not found. It is gone."),
        (
            "completeJob",
            Problem::not_found("It is gone."),
            "Command 'COMPLETE' rejected with code 'NOT_FOUND': Expected to complete job with key '4711', but no such job was \
             found. It is gone.",
        ),
        (
            "assignUserTask",
            missing("User Task"),
            "Command 'ASSIGN' rejected with code 'NOT_FOUND': Expected to assign user task with key '4711', but no such user \
             task was found. It is gone.",
        ),
        (
            "deleteProcessInstance",
            missing("Process Instance"),
            "Process Instance with key '4711' not found. It is gone.",
        ),
        (
            "migrateProcessInstance",
            Problem::not_found("No process.").coded("definition-not-found"),
            "Command 'MIGRATE' rejected with code 'NOT_FOUND': No process.",
        ),
        (
            "assignRoleToUser",
            Problem::already_exists("It is."),
            "Command 'ADD_ENTITY' rejected with code 'ALREADY_EXISTS': It is.",
        ),
        ("createToken", Problem::already_exists("It is."), "It is."),
        ("createJob", Problem::not_found("Command 'X' was said."), "Command 'X' was said."),
    ] {
        assert_eq!(says(operation, Need::Nothing, problem), detail, "{operation}");
    }
}

#[test]
fn rights_that_are_lacking() {
    let task = Need::Own(&[
        (ResourceType::ProcessDefinition, Permission::ReadUserTask),
        (ResourceType::UserTask, Permission::Read),
    ]);
    let group = Need::Within(ResourceType::Group, Permission::Create);
    let lacks = |id: Option<&str>| {
        Problem::forbidden("No.").opens(Opening::Lacks { right: None, id: id.map(str::to_owned) })
    };
    for (operation, need, problem, detail) in [
        (
            "getUserTask",
            task,
            Problem::forbidden("No."),
            "Unauthorized to perform any of the operations: 'READ_USER_TASK' on 'PROCESS_DEFINITION' or 'READ' on \
             'USER_TASK'. No.",
        ),
        (
            "getGroup",
            group,
            lacks(None),
            "Unauthorized to perform operation 'CREATE' on resource 'GROUP'. No.",
        ),
        (
            "createGroup",
            group,
            lacks(Some("x")),
            "Command 'CREATE' rejected with code 'FORBIDDEN': Insufficient permissions to perform operation 'CREATE' on \
             resource 'GROUP', required resource identifiers are one of '[*, x]'. No.",
        ),
        (
            "createGroup",
            group,
            Problem::forbidden("No."),
            "Command 'CREATE' rejected with code 'FORBIDDEN': No.",
        ),
        ("pinClock", Need::Nothing, Problem::clock_fixed("No."), "No."),
    ] {
        assert_eq!(says(operation, need, problem), detail, "{operation}");
    }
}

#[test]
fn one_tenant_only() {
    let given = || Problem::invalid_argument("No.").opens(Opening::OneTenant("identifier 'x'".to_owned()));
    for (operation, title) in [
        ("createProcessInstance", "Create Process Instance"),
        ("publishMessage", "Publish Message"),
        ("createDeployment", "Deploy Resources"),
    ] {
        let detail = format!(
            "Expected to handle request {title} with tenant identifier 'x', but multi-tenancy is disabled. No."
        );
        assert_eq!(says(operation, Need::Nothing, given()), detail);
    }
}

#[test]
fn every_command_is_an_operation() {
    let operations = crate::routes::operations();
    let known = |id: &str| operations.iter().any(|operation| operation.id == id);
    for id in COMMANDS.iter().map(|(id, ..)| *id).chain(LOOKING_FIRST.iter().map(|(id, _)| *id)) {
        assert!(known(id), "{id}");
    }
}
