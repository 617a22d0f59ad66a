"""What may be asked of the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.commands import (
    casework,
    clock,
    deployment,
    human_task,
    identity,
    incident,
    instance,
    job,
    message,
    upkeep,
    workshop,
)

HANDLERS: dict[type[Any], Callable[[Any, Any], Any]] = {
    casework.LinkCases: casework.link_cases,
    casework.OpenCase: casework.open_case,
    casework.RevealPersonalData: casework.reveal_personal_data,
    clock.ExtendClock: clock.extend_clock,
    clock.PauseClock: clock.pause_clock,
    clock.ResumeClock: clock.resume_clock,
    clock.SetLocalDay: clock.set_local_day,
    deployment.DeployPack: deployment.deploy_pack,
    human_task.AssignTask: human_task.assign_task,
    human_task.ClaimTask: human_task.claim_task,
    human_task.CompleteTask: human_task.complete_task,
    human_task.ReleaseTask: human_task.release_task,
    human_task.SaveDraft: human_task.save_draft,
    identity.CloseSession: identity.close_session,
    identity.CreateToken: identity.create_token,
    identity.CreateUser: identity.create_user,
    identity.NoteFailedSignIn: identity.note_failed_sign_in,
    identity.OpenSession: identity.open_session,
    identity.SetPreferences: identity.set_preferences,
    identity.TouchSession: identity.touch_session,
    incident.RetryIncident: incident.retry_incident,
    instance.CancelInstance: instance.cancel_instance,
    instance.StartInstance: instance.start_instance,
    job.CompleteJob: job.complete_job,
    job.FailJob: job.fail_job,
    job.ThrowJobError: job.throw_job_error,
    job.TriggerTimer: job.trigger_timer,
    message.BroadcastSignal: message.broadcast_signal,
    message.DeliverBuffered: message.deliver_buffered,
    message.PublishMessage: message.publish_message,
    upkeep.NoteUpkeep: upkeep.note_upkeep,
    workshop.CommitModels: workshop.commit_models,
    workshop.CreateModelPack: workshop.create_model_pack,
    workshop.DeployModels: workshop.deploy_models,
    workshop.DiscardModelDrafts: workshop.discard_model_drafts,
    workshop.ImportModels: workshop.import_models,
    workshop.RedeployPack: workshop.redeploy_pack,
    workshop.RemoveModelFile: workshop.remove_model_file,
    workshop.RenameModelFile: workshop.rename_model_file,
    workshop.RestoreModels: workshop.restore_models,
    workshop.SaveModelDraft: workshop.save_model_draft,
}
