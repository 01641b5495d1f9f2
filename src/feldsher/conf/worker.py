"""What is true of every job: its log lines and journal rows carry `job <id>`."""

from procrastinate.job_context import JobContext
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker

from feldsher.kernel.trace import tracing


async def traced(call_next: AsyncCallNext, context: JobContext, worker: Worker) -> object:
    """Run a job under its id; the thread that a job runs in inherits it."""
    del worker
    with tracing(f"job {context.job.id}"):
        return await call_next()
