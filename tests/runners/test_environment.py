from __future__ import annotations

from jupyter_sw.runners.environment import child_environment


def test_a_worker_gets_no_secret_and_nothing_of_the_server() -> None:
    given = {
        "PATH": "/bin",
        "HF_HOME": "/big",
        "OMP_NUM_THREADS": "2",
        "HF_TOKEN": "x",
        "JUPYTER_TOKEN": "x",
        "JUPYTERHUB_API_TOKEN": "x",
        "JUPYTERHUB_USER": "x",
        "OPENAI_API_KEY": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "db_password": "x",
        "JPY_PARENT_PID": "1",
    }
    assert child_environment(given) == {
        "PATH": "/bin",
        "HF_HOME": "/big",
        "OMP_NUM_THREADS": "2",
    }
