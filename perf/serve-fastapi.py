"""The reward server that trainers document: FastAPI and uvicorn around Math-Verify, in OpenRLHF's form."""

import sys

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from math_verify import parse, verify

app = FastAPI()


def score(query: str, prompt: str, label: str) -> float:
    return float(verify(parse(f"${label}$"), parse(query[len(prompt) :])))


@app.post("/get_reward")
async def get_reward(request: Request):
    data = await request.json()
    rewards = [score(q, p, a) for q, p, a in zip(data["query"], data["prompts"], data["labels"])]
    return JSONResponse({"rewards": rewards, "scores": rewards, "extra_logs": {"dummy_scores": rewards}})


@app.get("/health")
async def health():
    return {"status": "ok"}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
