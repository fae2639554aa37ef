//! What every store is held to: the tests by module, for whoever runs them against a store.

/// Hands the list of tests to a macro.
macro_rules! suite {
    ($run:ident) => {
        $run! {
            commits {
                what_was_committed_is_loaded
                a_stale_change_set_is_left_out_whole
                an_instance_is_created_once
                a_batch_that_breaks_the_contract_is_refused
                a_snapshot_shortens_the_tail
                outbox_entries_keep_their_order_and_go_once
                a_command_from_the_outbox_has_its_effect_once
                timers_come_due_in_order
                what_belongs_to_an_instance_is_located
                a_batch_of_many_instances_is_written_in_chunks
                commits_are_read_in_order_from_a_place
            }
            audit {
                what_was_asked_of_an_instance_is_noted_with_it
                what_changes_no_instance_is_noted_by_itself
                what_a_line_concerns_besides_is_found
            }
            cluster_variables {
                cluster_variables_are_kept_by_tenant_and_name
            }
            value_maps {
                value_maps_are_kept_by_tenant_and_id
                entries_are_changed_as_a_whole_or_not_at_all
                many_entries_are_written_in_slices
                entries_are_searched_by_map
            }
            global_listeners {
                task_listeners_are_kept_by_id
            }
            batches {
                a_batch_operation_is_selected_done_and_over
                a_batch_operation_for_nothing_is_over
                batch_operations_take_turns_and_are_claimed
                a_batch_operation_rests_and_goes_on
                a_canceled_batch_operation_lets_its_items_go
                a_batch_operation_that_cannot_be_says_why
            }
            removal {
                an_ended_instance_is_removed_with_its_rows
                called_instances_go_with_their_caller
                an_evaluation_that_is_not_there_is_not_removed
                what_has_ended_is_found_in_the_order_of_its_end
            }
            messages {
                a_message_finds_the_oldest_subscription_of_each_process
                a_message_that_came_first_waits
                a_message_without_time_to_live_is_now_or_never
                an_expired_message_is_not_found_and_goes
                the_same_message_id_counts_once_while_it_lives
                publishing_and_opening_in_one_batch_meet_once
                a_subscription_that_stays_open_takes_one_message_after_the_other
                a_refused_correlation_goes_to_the_next_that_waits
                a_refused_correlation_waits_when_nobody_does
                a_message_starts_the_newest_version
                a_correlation_key_has_one_running_instance
                a_publication_without_keys_changes_nothing
                a_message_waits_for_a_suspended_instance
                a_thrown_message_is_published_once
            }
            jobs {
                a_job_is_claimed_once_until_its_lease_runs_out
                higher_priority_comes_first
                a_failed_job_waits_for_its_back_off
                ended_jobs_are_not_offered
                leases_are_guarded
                a_job_born_leased_is_not_offered
            }
            job_figures {
                what_happens_to_jobs_is_counted_each_time
                figures_are_put_together_and_go
            }
            deployments {
                versions_count_up_and_an_unchanged_file_keeps_its_own
                a_deleted_version_is_gone_for_new_instances_only
                stored_files_come_back_verbatim
                a_file_may_hold_several_definitions
            }
            decisions {
                a_dmn_file_has_versions_as_a_whole
                a_deleted_graph_takes_its_decisions_along
                evaluated_decisions_are_rows
            }
            start_timers {
                a_start_timer_goes_off_once_and_runs_on
                start_timers_follow_the_newest_version
            }
            signals {
                a_signal_reaches_all_that_wait_in_slices
                a_signal_nobody_waits_for_is_not_kept
                what_opens_in_the_same_batch_gets_the_signal
                broadcasts_take_turns
                a_received_signal_closes_or_leaves_open
                a_signal_starts_the_newest_version_once
                a_thrown_signal_is_broadcast_once
            }
            nodes {
                nodes_have_their_own_numbers
                where_instances_stand
                a_lease_may_depend_on_what_the_worker_is_shown
                entries_and_timers_have_one_node_at_a_time
                a_broadcast_is_spread_by_one_node_at_a_time
                an_instance_tells_who_carries_what_it_sent
                definitions_of_other_nodes_are_found
                what_one_node_tells_the_others_hear
            }
            rows {
                an_instance_and_its_elements
                a_multi_instance_body_and_its_children_are_told_apart
                a_repeated_ad_hoc_sub_process_has_three_levels
                variables_are_set_and_changed
                incidents_show_on_callers
                incidents_show_on_instance_and_element
                a_user_task_through_its_life
                a_transition_shows_until_its_listeners_are_done
                many_rows_of_one_key_in_one_change_set_are_one
                a_suspended_instance_shows_and_its_timers_and_jobs_rest
                a_migrated_instance_shows_what_it_runs_now
            }
            waits {
                what_an_instance_waits_for
                what_came_is_not_waited_for
                conditions_follow_their_event_to_another_version
            }
            searches {
                every_field_with_every_operator
                filters_combine
                instances_are_found_by_what_they_have
                what_does_not_fit_is_refused
                rows_that_come_while_paging_do_not_disturb
                rows_are_counted_by_what_they_have_in_common
            }

        }
    };
}
